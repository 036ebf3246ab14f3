// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api;

import uk.ac.manchester.tornado.api.common.Access;

/** The arguments of a task whose code is given, and what it does with each. */
public class AccessorParameters {
    private final PairAccessor[] accessors;

    /** @param numParameters how many arguments */
    public AccessorParameters(int numParameters) {
        accessors = new PairAccessor[numParameters];
    }

    /** Sets an argument, counted from 0. */
    public void set(int index, Object object, Access access) {
        accessors[index] = new PairAccessor(object, access);
    }

    public int numAccessors() {
        return accessors.length;
    }

    public PairAccessor getAccessor(int index) {
        return accessors[index];
    }

    /** An argument and what the task does with it. */
    public record PairAccessor(Object object, Access access) {
    }
}
