// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api.runtime;

import java.util.Arrays;
import uk.ac.manchester.tornado.api.TornadoRuntime;
import uk.ac.manchester.tornado.api.TornadoTaskGraphInterface;
import uk.ac.manchester.tornado.api.exceptions.TornadoRuntimeException;

/** Loads the classes that run task graphs. By name, so that the API does not depend on them. */
public class TornadoAPIProvider {
    private static final String GRAPH = "dev.mixed.tornado.JvmTaskGraph";
    private static final String RUNTIME = "dev.mixed.tornado.JvmRuntime";

    public static TornadoTaskGraphInterface loadScheduleRuntime(String name) {
        return load(GRAPH, TornadoTaskGraphInterface.class, name);
    }

    public static TornadoRuntime loadTornadoRuntimeImpl() {
        return load(RUNTIME, TornadoRuntime.class);
    }

    private static <T> T load(String className, Class<T> type, String... arguments) {
        Class<?>[] types = new Class<?>[arguments.length];
        Arrays.fill(types, String.class);
        try {
            return type.cast(Class.forName(className).getConstructor(types).newInstance((Object[]) arguments));
        } catch (ReflectiveOperationException e) {
            throw new TornadoRuntimeException(e);
        }
    }
}
