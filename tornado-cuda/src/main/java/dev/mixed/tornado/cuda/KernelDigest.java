// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import dev.mixed.intrinsics.CudaC;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.DynamicConstantDesc;
import java.lang.reflect.AccessFlag;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a kernel's compiled code depends on of the application's classes: the class files of its method and of all methods that it calls, and the values
 * of the static fields that these read. The JDK's and TornadoVM's classes are not among them: their versions stand for them.
 */
final class KernelDigest {
    private static final List<String> GIVEN = List.of("java/", "javax/", "jdk/", "uk/ac/manchester/tornado/");

    private static final ClassDesc INTRINSIC = CudaC.class.describeConstable().orElseThrow();

    private final @Nullable ClassLoader loader;
    private final Map<String, byte[]> files = new TreeMap<>();
    private final Map<String, ClassModel> models = new TreeMap<>();
    private final Map<String, String> values = new TreeMap<>();
    private final Set<Call> seen = new HashSet<>();
    private final Deque<Call> open = new ArrayDeque<>();

    private record Call(String owner, String name, String descriptor) {
    }

    /** Code whose dependencies can't be told in advance, such as a call that dispatches on an object's class. */
    private static final class Untold extends Exception {
        private static final long serialVersionUID = 1;

        Untold(String what) {
            super(what);
        }
    }

    private KernelDigest(@Nullable ClassLoader loader) {
        this.loader = loader;
    }

    /** The digest of a kernel's method, 64 hexadecimal digits; empty where its dependencies can't be told, so that its code may not be kept. */
    static Optional<String> of(Method kernel) {
        KernelDigest digest = new KernelDigest(kernel.getDeclaringClass().getClassLoader());
        String descriptor = java.lang.invoke.MethodType.methodType(kernel.getReturnType(), kernel.getParameterTypes()).descriptorString();
        digest.open.add(new Call(kernel.getDeclaringClass().getName().replace('.', '/'), kernel.getName(), descriptor));
        try {
            while (!digest.open.isEmpty()) {
                digest.visit(digest.open.remove());
            }
        } catch (Untold | IOException | ReflectiveOperationException | LinkageError | IllegalArgumentException e) {
            return Optional.empty();
        }
        StringBuilder text = new StringBuilder();
        digest.files.forEach((name, bytes) -> text.append(name).append(' ').append(java.util.HexFormat.of().formatHex(KernelFile.sha256(bytes))).append('\n'));
        digest.values.forEach((name, value) -> text.append(name).append('=').append(value).append('\n'));
        return Optional.of(KernelFile.name(text.toString()));
    }

    private void visit(Call call) throws Untold, IOException, ReflectiveOperationException {
        if (!seen.add(call) || isGiven(call.owner)) {
            return;
        }
        MethodModel method = find(call);
        if (isIntrinsic(method)) {
            return;
        }
        if (method.flags().has(AccessFlag.NATIVE) || method.flags().has(AccessFlag.ABSTRACT)) {
            throw new Untold(call + " has no code");
        }
        for (CodeElement element : method.code().orElseThrow(() -> new Untold(call + " has no code"))) {
            switch (element) {
                case InvokeInstruction invoke -> follow(invoke);
                case InvokeDynamicInstruction _ -> throw new Untold("invokedynamic");
                case ConstantInstruction constant when constant.constantValue() instanceof DynamicConstantDesc<?> -> throw new Untold("a dynamic constant");
                case FieldInstruction field when field.opcode() == Opcode.GETSTATIC -> value(field);
                default -> {
                }
            }
        }
    }

    /** The code of an intrinsic is its annotation, in a class file that counts by now; its body is for the JVM alone. */
    private static boolean isIntrinsic(MethodModel method) {
        return method.findAttribute(Attributes.runtimeVisibleAnnotations()).stream().flatMap(all -> all.annotations().stream())
                .anyMatch(annotation -> annotation.classSymbol().equals(INTRINSIC));
    }

    private void follow(InvokeInstruction invoke) throws Untold, IOException {
        String owner = invoke.owner().asInternalName();
        if (isGiven(owner)) {
            return;
        }
        Call call = new Call(owner, invoke.name().stringValue(), invoke.type().stringValue());
        if (invoke.opcode() == Opcode.INVOKEINTERFACE) {
            throw new Untold(call + " is an interface's method");
        }
        if (invoke.opcode() == Opcode.INVOKEVIRTUAL && !model(owner).flags().has(AccessFlag.FINAL) && !find(call).flags().has(AccessFlag.FINAL)) {
            throw new Untold(call + " can be overridden");
        }
        open.add(call);
    }

    /** Static fields are constants for the compiler: their values count. */
    private void value(FieldInstruction instruction) throws Untold, IOException, ReflectiveOperationException {
        String owner = instruction.owner().asInternalName();
        if (isGiven(owner)) {
            return;
        }
        String name = instruction.name().stringValue();
        model(owner);
        Field field = Class.forName(owner.replace('/', '.'), true, loader).getDeclaredField(name);
        if (!field.getType().isPrimitive()) {
            throw new Untold(owner + "." + name + " is an object");
        }
        field.setAccessible(true);
        values.put(owner + "." + name, field.getType() + " " + bits(field.get(null)));
    }

    private static Object bits(Object value) {
        return switch (value) {
            case Float f -> Integer.toHexString(Float.floatToRawIntBits(f));
            case Double d -> Long.toHexString(Double.doubleToRawLongBits(d));
            default -> value;
        };
    }

    /** A method, of the class that is named or of the one that it inherits it from. */
    private MethodModel find(Call call) throws Untold, IOException {
        for (String owner = call.owner; !isGiven(owner);) {
            ClassModel model = model(owner);
            for (MethodModel method : model.methods()) {
                if (method.methodName().stringValue().equals(call.name) && method.methodType().stringValue().equals(call.descriptor)) {
                    return method;
                }
            }
            owner = model.superclass().orElseThrow(() -> new Untold(call + " was not found")).asInternalName();
        }
        throw new Untold(call + " was not found");
    }

    private ClassModel model(String name) throws Untold, IOException {
        ClassModel model = models.get(name);
        if (model == null) {
            byte[] bytes = bytes(name);
            files.put(name, bytes);
            model = ClassFile.of().parse(bytes);
            models.put(name, model);
        }
        return model;
    }

    private byte[] bytes(String name) throws Untold, IOException {
        String file = name + ".class";
        try (InputStream in = loader == null ? ClassLoader.getSystemResourceAsStream(file) : loader.getResourceAsStream(file)) {
            if (in == null) {
                throw new Untold(file + " was not found");
            }
            return in.readAllBytes();
        }
    }

    private static boolean isGiven(String owner) {
        return owner.startsWith("[") || GIVEN.stream().anyMatch(owner::startsWith);
    }
}
