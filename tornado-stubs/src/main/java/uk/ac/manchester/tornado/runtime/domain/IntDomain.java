// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.runtime.domain;

/** The range of a parallel loop over ints. */
public class IntDomain implements Domain {
    public IntDomain(int offset, int step, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int cardinality() {
        throw new UnsupportedOperationException();
    }
}
