package dev.mixed.simulator.instrument;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.ArrayLoadInstruction;
import java.lang.classfile.instruction.ArrayStoreInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LineNumber;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Copies a kernel, and the static methods that it calls, into a hidden class in which each array access goes through {@link CheckedAccess}.
 * The original classes stay as they are.
 */
public final class Instrumenter {
    private static final String CONTEXT = "uk/ac/manchester/tornado/api/KernelContext";
    private static final ClassDesc CHECKED_ACCESS = CheckedAccess.class.describeConstable().orElseThrow();
    /** "owner.name(descriptor)" of an accessor of a native array: the checked accessor's type. */
    private static final Map<String, MethodTypeDesc> ACCESSORS = Stream.of(CheckedAccess.class.getDeclaredMethods())
            .filter(m -> Modifier.isPublic(m.getModifiers()) && m.getName().matches("[gs]et(Half2)?"))
            .collect(Collectors.toMap(Instrumenter::accessed, Instrumenter::type));

    private static final Pattern LIBRARIES = Pattern.compile("java/|javax/|jdk/|uk/ac/manchester/tornado/api/");

    /** A method that goes into the hidden class, and its name there. */
    private record Copied(MethodModel method, String name) {
    }

    private final KernelMethod kernel;
    private final ClassLoader loader;
    private final ClassDesc copy;

    private Instrumenter(KernelMethod kernel) {
        this.kernel = kernel;
        this.loader = kernel.owner().getClassLoader();
        this.copy = ClassDesc.ofInternalName(kernel.model().thisClass().asInternalName() + "$Checked");
    }

    private static MethodTypeDesc type(Method method) {
        return MethodTypeDesc.of(method.getReturnType().describeConstable().orElseThrow(),
                Stream.of(method.getParameterTypes()).map(t -> t.describeConstable().orElseThrow()).toList());
    }

    private static String accessed(Method method) {
        MethodTypeDesc type = type(method);
        return method.getParameterTypes()[0].getName().replace('.', '/') + "." + method.getName()
                + type.dropParameterTypes(0, 1).descriptorString();
    }

    /** The kernel's checked copy, of the same type. */
    public static MethodHandle checkedCopy(KernelMethod kernel) throws IllegalAccessException, NoSuchMethodException {
        byte[] bytes = new Instrumenter(kernel).build();
        MethodHandles.Lookup inside = MethodHandles.privateLookupIn(kernel.owner(), MethodHandles.lookup())
                .defineHiddenClass(bytes, true, MethodHandles.Lookup.ClassOption.NESTMATE);
        return inside.findStatic(inside.lookupClass(), kernel.name(), kernel.type());
    }

    private byte[] build() {
        Map<String, Copied> methods = reachable();
        ClassFile file = ClassFile.of(ClassFile.ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofResourceParsing(loader)));
        return file.build(copy, builder -> {
            builder.withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SUPER | ClassFile.ACC_SYNTHETIC);
            kernel.model().findAttribute(Attributes.sourceFile()).ifPresent(builder::with);
            for (Copied copied : methods.values()) {
                MethodModel method = copied.method;
                builder.withMethod(copied.name, method.methodTypeSymbol(), method.flags().flagsMask(),
                        m -> method.code().ifPresent(code -> m.transformCode(code, CodeTransform.ofStateful(() -> new Rewriter(methods)))));
            }
        });
    }

    private static String key(InvokeInstruction call) {
        return key(call.owner().asInternalName(), call.name().stringValue(), call.type().stringValue());
    }

    private static String key(String owner, String name, String descriptor) {
        return owner + "." + name + descriptor;
    }

    /** The kernel and every static method of application classes that it calls, directly or not. */
    private Map<String, Copied> reachable() {
        String own = kernel.model().thisClass().asInternalName();
        Map<String, Optional<ClassModel>> classes = new HashMap<>(Map.of(own, Optional.of(kernel.model())));
        Map<String, Copied> found = new LinkedHashMap<>();
        ArrayDeque<String> open = new ArrayDeque<>();
        String first = key(own, kernel.name(), kernel.descriptor());
        found.put(first, new Copied(method(kernel.model(), kernel.name() + kernel.descriptor()).orElseThrow(), kernel.name()));
        open.add(first);
        while (!open.isEmpty()) {
            for (InvokeInstruction call : calls(found.get(open.poll()).method)) {
                String callee = key(call);
                if (found.containsKey(callee)) {
                    continue;
                }
                String in = call.owner().asInternalName();
                classes.computeIfAbsent(in, c -> KernelMethod.parse(c, loader))
                        .flatMap(model -> method(model, call.name().stringValue() + call.type().stringValue())
                                .filter(method -> in.equals(own) || movable(model, method, new HashSet<>())))
                        .ifPresent(method -> {
                            String name = call.name().stringValue();
                            found.put(callee, new Copied(method, in.equals(own) ? name : in.replace('/', '$') + '$' + name));
                            open.add(callee);
                        });
            }
        }
        return found;
    }

    private static List<InvokeInstruction> calls(MethodModel method) {
        List<InvokeInstruction> calls = new ArrayList<>();
        method.code().ifPresent(code -> code.forEach(element -> {
            if (element instanceof InvokeInstruction call && call.opcode() == Opcode.INVOKESTATIC
                    && !LIBRARIES.matcher(call.owner().asInternalName()).lookingAt()) {
                calls.add(call);
            }
        }));
        return calls;
    }

    private static Optional<MethodModel> method(ClassModel model, String nameAndType) {
        return model.methods().stream()
                .filter(m -> Modifier.isStatic(m.flags().flagsMask()) && m.code().isPresent())
                .filter(m -> (m.methodName().stringValue() + m.methodType().stringValue()).equals(nameAndType)).findFirst();
    }

    /** Another class's method works from here unless it, or a method there that it calls, uses that class's fields, which may be private. */
    private static boolean movable(ClassModel model, MethodModel method, Set<MethodModel> visited) {
        if (!visited.add(method)) {
            return true;
        }
        String own = model.thisClass().asInternalName();
        return method.code().orElseThrow().elementStream().noneMatch(element -> switch (element) {
            case FieldInstruction field -> field.owner().asInternalName().equals(own);
            case InvokeInstruction call -> call.owner().asInternalName().equals(own)
                    && !method(model, call.name().stringValue() + call.type().stringValue()).map(m -> movable(model, m, visited)).orElse(false);
            case InvokeDynamicInstruction lambda -> true;
            default -> false;
        });
    }

    /** Replaces the instructions of one method. */
    private final class Rewriter implements CodeTransform {
        private final Map<String, Copied> methods;
        private int line;

        Rewriter(Map<String, Copied> methods) {
            this.methods = methods;
        }

        @Override
        public void accept(CodeBuilder builder, CodeElement element) {
            switch (element) {
                case LineNumber number -> {
                    line = number.line();
                    builder.with(number);
                }
                case ArrayLoadInstruction load -> {
                    builder.dup2();
                    builder.invokestatic(CHECKED_ACCESS, "read", MethodTypeDesc.of(CD_void, CD_Object, CD_int));
                    builder.with(load);
                }
                case ArrayStoreInstruction store -> {
                    ClassDesc value = store.opcode() == Opcode.AASTORE ? CD_Object : store.typeKind().asLoadable().upperBound();
                    builder.invokestatic(CHECKED_ACCESS, "store", MethodTypeDesc.of(CD_void, CD_Object, CD_int, value));
                }
                case InvokeInstruction call -> call(builder, call);
                default -> builder.with(element);
            }
        }

        private void call(CodeBuilder builder, InvokeInstruction call) {
            String name = call.name().stringValue();
            String descriptor = call.type().stringValue();
            MethodTypeDesc accessor = ACCESSORS.get(call.owner().asInternalName() + "." + name + descriptor);
            if (accessor != null) {
                builder.invokestatic(CHECKED_ACCESS, name, accessor);
            } else if (call.opcode() == Opcode.INVOKESTATIC && methods.containsKey(key(call))) {
                builder.invokestatic(copy, methods.get(key(call)).name, call.typeSymbol());
            } else {
                if (call.owner().asInternalName().equals(CONTEXT)) {
                    builder.loadConstant(line);
                    builder.invokestatic(CHECKED_ACCESS, "atLine", MethodTypeDesc.of(CD_void, CD_int));
                }
                builder.with(call);
            }
        }
    }
}
