// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.jvm.KernelInvoker;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.LocalVariableInfo;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The records that name a kernel's arguments name them as the kernel does, one by one: a swapped pair would read the wrong buffer in silence. */
class ArgumentNamesTest {
    @Test
    void viewsNameArgumentsAsTheirKernelsDo() throws Exception {
        List<Kernel> named = kernels().stream().filter(k -> k.view() != null).toList();
        assertTrue(named.size() >= 15, named.toString());
        for (Kernel kernel : named) {
            List<String> names = new ArrayList<>(parameters(kernel));
            if (kernel.onGrid()) {
                names.removeFirst();
            } else {
                names.subList(names.size() - 2, names.size()).clear();
            }
            assertEquals(names, Arrays.stream(kernel.view().getRecordComponents()).map(RecordComponent::getName).toList(),
                    kernel + " and " + kernel.view().getName());
        }
    }

    /** All kernels in static fields of the families of ops. */
    private static List<Kernel> kernels() throws Exception {
        List<Kernel> kernels = new ArrayList<>();
        for (String name : KernelCode.classes(Kernel.class)) {
            if (!name.startsWith("dev/mixed/engine/ops/")) {
                continue;
            }
            for (Field field : Class.forName(name.replace('/', '.')).getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers()) || field.getType() != Kernel.class && field.getType() != KernelPair.class) {
                    continue;
                }
                field.setAccessible(true);
                switch (field.get(null)) {
                    case Kernel kernel -> kernels.add(kernel);
                    case KernelPair pair -> kernels.addAll(List.of(pair.f32(), pair.f16()));
                    default -> throw new AssertionError(field);
                }
            }
        }
        return kernels;
    }

    /** The names of a kernel's parameters. It is called without arrays to see which method it is: the first use of one throws. */
    private static List<String> parameters(Kernel kernel) throws IOException {
        StackTraceElement method = null;
        try {
            KernelInvoker.invoke(kernel.reference(), withoutArrays(kernel));
        } catch (NullPointerException e) {
            StackTraceElement[] stack = e.getStackTrace();
            int called = 0;
            while (!stack[called].getClassName().equals(KernelInvoker.class.getName())) {
                called++;
            }
            // Between the two stand Java's own frames.
            while (!stack[called].getClassName().startsWith(ArgumentNamesTest.class.getPackageName())) {
                called--;
            }
            method = stack[called];
        }
        assertTrue(method != null, kernel + " uses no array");
        try (InputStream bytes = ArgumentNamesTest.class.getResourceAsStream("/" + method.getClassName().replace('.', '/') + ".class")) {
            for (MethodModel candidate : ClassFile.of().parse(bytes.readAllBytes()).methods()) {
                if (candidate.methodName().equalsString(method.getMethodName()) && candidate.methodTypeSymbol().parameterCount() == kernel.arity()) {
                    List<LocalVariableInfo> variables = candidate.code().orElseThrow().findAttribute(Attributes.localVariableTable()).orElseThrow()
                            .localVariables();
                    return variables.stream().filter(v -> v.startPc() == 0).sorted(Comparator.comparingInt(LocalVariableInfo::slot)).limit(kernel.arity())
                            .map(v -> v.name().stringValue()).toList();
                }
            }
        }
        throw new AssertionError(kernel + " is not " + method);
    }

    private static Object[] withoutArrays(Kernel kernel) {
        Object[] arguments = new Object[kernel.arity()];
        int at = kernel.onGrid() ? 1 : 0;
        for (RecordComponent component : kernel.view().getRecordComponents()) {
            arguments[at++] = component.getType() == int.class || component.getType() == boolean.class ? (Object) 1
                    : component.getType() == float.class ? 1f : null;
        }
        if (!kernel.onGrid()) {
            arguments[at++] = 0;
            arguments[at] = 1;
        }
        return arguments;
    }
}
