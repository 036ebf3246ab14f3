// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator.instrument;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.LineNumberInfo;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The static method behind a task's lambda: its class, as parsed, its name and its descriptor. */
public record KernelMethod(Class<?> owner, ClassModel model, String name, String descriptor) {
    /**
     * Finds the method: calls the task with null in place of every array and context, and takes from the stack of the exception which method it
     * came from. The call changes nothing, since a task without captured values reaches memory through its arguments alone.
     *
     * @return empty where that shows no static method: an instance method, captured values, a kernel that touches no argument
     */
    public static Optional<KernelMethod> of(MethodHandle code, Object[] arguments, Object task) {
        if (task.getClass().getDeclaredFields().length > 0) {
            return Optional.empty();
        }
        @Nullable Object[] probe = arguments.clone();
        for (int i = 0; i < probe.length; i++) {
            if (!(probe[i] instanceof Number) && !(probe[i] instanceof Boolean) && !(probe[i] instanceof Character)) {
                probe[i] = null;
            }
        }
        StackTraceElement entry = entry(code, probe);
        if (entry == null) {
            return Optional.empty();
        }
        ClassLoader loader = task.getClass().getClassLoader();
        Class<?> owner;
        try {
            owner = Class.forName(entry.getClassName(), false, loader);
        } catch (ClassNotFoundException e) {
            return Optional.empty();
        }
        return parse(owner.getName().replace('.', '/'), loader).flatMap(model -> find(owner, model, entry, arguments));
    }

    private static @Nullable StackTraceElement entry(MethodHandle code, @Nullable Object[] probe) {
        try {
            code.invokeExact(probe);
            return null;
        } catch (NullPointerException | UnsupportedOperationException e) { // the second one where the kernel begins with an intrinsic
            StackTraceElement[] stack = e.getStackTrace();
            for (int i = 1; i < stack.length; i++) {
                if (stack[i].getClassName().equals(KernelMethod.class.getName())) {
                    return stack[i - 1];
                }
            }
            return null;
        } catch (Throwable e) {
            return null;
        }
    }

    /** The class file of a class by its internal name. */
    static Optional<ClassModel> parse(String internalName, ClassLoader loader) {
        try (InputStream in = loader.getResourceAsStream(internalName + ".class")) {
            return in == null ? Optional.empty() : Optional.of(ClassFile.of().parse(in.readAllBytes()));
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** The static method that fits name, argument count and, among overloads, the source line. */
    private static Optional<KernelMethod> find(Class<?> owner, ClassModel model, StackTraceElement entry, Object[] arguments) {
        List<MethodModel> fitting = model.methods().stream()
                .filter(m -> m.methodName().equalsString(entry.getMethodName()) && Modifier.isStatic(m.flags().flagsMask()))
                .filter(m -> m.methodTypeSymbol().parameterCount() == arguments.length)
                .toList();
        if (fitting.size() > 1) {
            fitting = fitting.stream().filter(m -> covers(m, entry.getLineNumber())).toList();
        }
        return fitting.size() == 1
                ? Optional.of(new KernelMethod(owner, model, entry.getMethodName(), fitting.getFirst().methodType().stringValue()))
                : Optional.empty();
    }

    private static boolean covers(MethodModel method, int line) {
        return method.code().stream()
                .flatMap(code -> code.findAttributes(Attributes.lineNumberTable()).stream())
                .flatMap(table -> table.lineNumbers().stream())
                .mapToInt(LineNumberInfo::lineNumber).anyMatch(number -> number == line);
    }

    public MethodType type() {
        return MethodType.fromMethodDescriptorString(descriptor, owner.getClassLoader());
    }
}
