// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator.instrument;

import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** What goes into a kernel's instrumented copy: the kernel, and each static method of application classes that it calls, directly or not. */
final class CopiedMethods {
    /** A method, and its name in the copy. */
    record Copied(MethodModel method, String name) {
    }

    private static final Pattern LIBRARIES = Pattern.compile("java/|javax/|jdk/|uk/ac/manchester/tornado/api/|dev/mixed/intrinsics/");

    private final String kernelClass;
    private final ClassLoader loader;
    private final Map<String, Optional<ClassModel>> classes = new HashMap<>();
    private final Map<String, Copied> copied = new LinkedHashMap<>();
    private final ArrayDeque<MethodModel> unvisited = new ArrayDeque<>();
    private boolean complete = true;

    CopiedMethods(KernelMethod kernel) {
        kernelClass = kernel.model().thisClass().asInternalName();
        loader = kernel.owner().getClassLoader();
        classes.put(kernelClass, Optional.of(kernel.model()));
        MethodModel method = method(kernel.model(), kernel.name() + kernel.descriptor()).orElseThrow();
        add(kernelClass + "." + kernel.name() + kernel.descriptor(), new Copied(method, kernel.name()));
        while (!unvisited.isEmpty()) {
            calls(unvisited.poll()).forEach(this::follow);
        }
    }

    Collection<Copied> all() {
        return copied.values();
    }

    /** Whether all code of applications that the kernel runs is among them. */
    boolean complete() {
        return complete;
    }

    /** The name that the called method has in the copy; empty where it stays outside. */
    Optional<String> nameOf(InvokeInstruction call) {
        return call.opcode() == Opcode.INVOKESTATIC ? Optional.ofNullable(copied.get(key(call))).map(Copied::name) : Optional.empty();
    }

    private static String key(InvokeInstruction call) {
        return call.owner().asInternalName() + "." + nameAndType(call);
    }

    private static String nameAndType(InvokeInstruction call) {
        return call.name().stringValue() + call.type().stringValue();
    }

    private void add(String key, Copied method) {
        copied.put(key, method);
        unvisited.add(method.method);
    }

    private void follow(InvokeInstruction call) {
        if (copied.containsKey(key(call))) {
            return;
        }
        String owner = call.owner().asInternalName();
        String name = call.name().stringValue();
        boolean own = owner.equals(kernelClass);
        Optional<MethodModel> found = classes.computeIfAbsent(owner, c -> KernelMethod.parse(c, loader))
                .flatMap(model -> method(model, nameAndType(call)).filter(method -> own || movable(model, method, new HashSet<>())));
        complete &= found.isPresent();
        found.ifPresent(method -> add(key(call), new Copied(method, own ? name : owner.replace('/', '$') + '$' + name)));
    }

    private List<InvokeInstruction> calls(MethodModel method) {
        List<InvokeInstruction> calls = new ArrayList<>();
        method.code().ifPresent(code -> code.forEach(element -> {
            if (element instanceof InvokeInstruction call && !LIBRARIES.matcher(call.owner().asInternalName()).lookingAt()) {
                if (call.opcode() == Opcode.INVOKESTATIC) {
                    calls.add(call);
                } else {
                    complete = false;
                }
            } else if (element instanceof InvokeDynamicInstruction || element instanceof InvokeInstruction library
                    && library.owner().asInternalName().startsWith("java/") && library.type().stringValue().contains("[")) {
                complete = false;
            }
        }));
        return calls;
    }

    private static Optional<MethodModel> method(ClassModel model, String nameAndType) {
        return model.methods().stream()
                .filter(m -> Modifier.isStatic(m.flags().flagsMask()) && m.code().isPresent())
                .filter(m -> (m.methodName().stringValue() + m.methodType().stringValue()).equals(nameAndType)).findFirst();
    }

    /**
     * Whether a method of another class works in the copy, which sees none of that class's private fields: it, and the methods there that it calls,
     * must use no field and no lambda.
     */
    private static boolean movable(ClassModel model, MethodModel method, Set<MethodModel> visited) {
        if (!visited.add(method)) {
            return true;
        }
        String own = model.thisClass().asInternalName();
        return method.code().orElseThrow().elementStream().noneMatch(element -> switch (element) {
            case FieldInstruction field -> field.owner().asInternalName().equals(own);
            case InvokeInstruction call -> call.owner().asInternalName().equals(own)
                    && !method(model, nameAndType(call)).map(m -> movable(model, m, visited)).orElse(false);
            case InvokeDynamicInstruction lambda -> true;
            default -> false;
        });
    }
}
