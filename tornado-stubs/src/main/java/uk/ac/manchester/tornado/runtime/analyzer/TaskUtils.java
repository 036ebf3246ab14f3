// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.runtime.analyzer;

import java.lang.reflect.Method;

/** Makes tasks of method references. */
public class TaskUtils {
    public static Method resolveMethodHandle(Object task) {
        throw new UnsupportedOperationException();
    }
}
