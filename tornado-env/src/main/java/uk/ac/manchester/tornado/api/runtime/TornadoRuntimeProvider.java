// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api.runtime;

import uk.ac.manchester.tornado.api.TornadoRuntime;

/** The one runtime of the process. */
public class TornadoRuntimeProvider {
    private static final TornadoRuntime RUNTIME = TornadoAPIProvider.loadTornadoRuntimeImpl();

    public static TornadoRuntime getTornadoRuntime() {
        return RUNTIME;
    }

    public static boolean isProfilerEnabled() {
        return RUNTIME.isProfilerEnabled();
    }

    public static void setProperty(String key, String value) {
        System.setProperty(key, value);
    }

    /** A setting, or the given value where it is not set. */
    public static String getProperty(String key, String value) {
        return System.getProperty(key, value);
    }

    /** A setting, or null. */
    public static String getProperty(String key) {
        return System.getProperty(key);
    }
}
