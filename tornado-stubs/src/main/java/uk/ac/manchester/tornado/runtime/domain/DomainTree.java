// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.runtime.domain;

/** The ranges of nested parallel loops. */
public class DomainTree {
    public DomainTree(int depth) {
        throw new UnsupportedOperationException();
    }

    public void set(int index, Domain domain) {
        throw new UnsupportedOperationException();
    }

    public Domain get(int index) {
        throw new UnsupportedOperationException();
    }

    public int getDepth() {
        throw new UnsupportedOperationException();
    }
}
