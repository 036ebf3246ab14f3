// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.runtime.domain;

/** The range of a parallel loop. */
public interface Domain {
    int cardinality();
}
