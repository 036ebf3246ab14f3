// SPDX-License-Identifier: Apache-2.0
package dev.mixed.intrinsics;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.reflect.Method;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Which intrinsics a kernel calls, itself or through static methods, and what they need of a GPU. */
public final class KernelCapability {
    private static final Map<String, Capability> INTRINSICS = new HashMap<>();

    static {
        for (Class<?> family : Families.ALL) {
            for (Method method : family.getDeclaredMethods()) {
                CudaC code = method.getAnnotation(CudaC.class);
                if (code != null) {
                    INTRINSICS.merge(internal(family) + "." + method.getName(), code.needs(), (a, b) -> a.compareTo(b) >= 0 ? a : b);
                }
            }
        }
    }

    private KernelCapability() {
    }

    /** What the most demanding intrinsic of a kernel needs; empty for a kernel that calls none. */
    public static Optional<Capability> of(Method kernel) {
        ClassLoader loader = kernel.getDeclaringClass().getClassLoader();
        Map<String, ClassModel> models = new HashMap<>();
        Set<String> seen = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(Set.of(internal(kernel.getDeclaringClass()) + "." + kernel.getName()));
        Set<Capability> found = new HashSet<>();
        while (!open.isEmpty()) {
            String call = open.remove();
            Capability capability = INTRINSICS.get(call);
            if (capability != null) {
                found.add(capability);
            } else if (seen.add(call)) {
                int dot = call.lastIndexOf('.');
                ClassModel model = models.computeIfAbsent(call.substring(0, dot), name -> parse(name, loader));
                calls(model, call.substring(dot + 1)).forEach(open::add);
            }
        }
        return found.stream().max(Comparator.naturalOrder());
    }

    /** The static methods of application classes that the methods of a name call. */
    private static Stream<String> calls(@Nullable ClassModel model, String method) {
        if (model == null) {
            return Stream.of();
        }
        return model.methods().stream().filter(m -> m.methodName().equalsString(method)).flatMap(m -> m.code().stream())
                .flatMap(code -> code.elementStream()).filter(InvokeInstruction.class::isInstance).map(InvokeInstruction.class::cast)
                .map(call -> call.owner().asInternalName() + "." + call.name().stringValue())
                .filter(call -> !call.startsWith("java/") && !call.startsWith("uk/ac/manchester/tornado/") && !call.startsWith("["));
    }

    @SuppressWarnings("NullAway") // computeIfAbsent leaves out what is null
    private static @Nullable ClassModel parse(String name, @Nullable ClassLoader loader) {
        String file = name + ".class";
        try (InputStream in = loader == null ? ClassLoader.getSystemResourceAsStream(file) : loader.getResourceAsStream(file)) {
            return in == null ? null : ClassFile.of().parse(in.readAllBytes());
        } catch (IOException | IllegalArgumentException e) {
            return null;
        }
    }

    private static String internal(Class<?> type) {
        return type.getName().replace('.', '/');
    }
}
