// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator.instrument;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.ArrayLoadInstruction;
import java.lang.classfile.instruction.ArrayStoreInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LineNumber;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Copies a kernel, and the static methods that it calls, into a hidden class in which each array access goes through {@link CheckedAccess}.
 * The original classes stay as they are.
 */
public final class Instrumenter {
    private static final String CONTEXT = "uk/ac/manchester/tornado/api/KernelContext";
    private static final String INTRINSICS = "dev/mixed/intrinsics/";
    /** The families of which a thread may do several before it needs what the first one gives: they order it, or touch no arrays but in that order. */
    private static final Set<String> LASTING = Set.of(INTRINSICS + "Mma", INTRINSICS + "Matrices", INTRINSICS + "FastMath",
            INTRINSICS + "Halves");
    private static final String REGISTERS = INTRINSICS + "Registers";
    private static final ClassDesc CHECKED_ACCESS = CheckedAccess.class.describeConstable().orElseThrow();
    /** The types of the checked accessors, by what they replace: "owner.name(descriptor)" of a native array's accessor. */
    private static final Map<String, MethodTypeDesc> ACCESSORS = Stream.of(CheckedAccess.class.getDeclaredMethods())
            .filter(m -> Modifier.isPublic(m.getModifiers()) && m.getName().matches("[gs]et(Half2)?"))
            .collect(Collectors.toMap(Instrumenter::accessed, Instrumenter::type));

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

    /** What a checked accessor stands for: its first parameter is the array, on which the kernel calls it. */
    private static String accessed(Method method) {
        MethodTypeDesc type = type(method);
        return method.getParameterTypes()[0].getName().replace('.', '/') + "." + method.getName()
                + type.dropParameterTypes(0, 1).descriptorString();
    }

    /**
     * A kernel's copy.
     *
     * @param code     of the kernel's type; its accesses go to the observer of the thread that runs it
     * @param complete whether the observer is told of all accesses: no code of the kernel stays outside of the copy
     */
    public record Copy(MethodHandle code, boolean complete) {
    }

    /** Copies a kernel. */
    public static Copy checkedCopy(KernelMethod kernel) throws IllegalAccessException, NoSuchMethodException {
        CopiedMethods methods = new CopiedMethods(kernel);
        byte[] bytes = new Instrumenter(kernel).build(methods);
        MethodHandles.Lookup inside = MethodHandles.privateLookupIn(kernel.owner(), MethodHandles.lookup())
                .defineHiddenClass(bytes, true, MethodHandles.Lookup.ClassOption.NESTMATE);
        return new Copy(inside.findStatic(inside.lookupClass(), kernel.name(), kernel.type()), methods.complete());
    }

    private byte[] build(CopiedMethods methods) {
        ClassFile file = ClassFile.of(ClassFile.ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofResourceParsing(loader)));
        return file.build(copy, builder -> {
            builder.withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SUPER | ClassFile.ACC_SYNTHETIC);
            kernel.model().findAttribute(Attributes.sourceFile()).ifPresent(builder::with);
            for (CopiedMethods.Copied copied : methods.all()) {
                MethodModel method = copied.method();
                builder.withMethod(copied.name(), method.methodTypeSymbol(), method.flags().flagsMask(),
                        m -> method.code().ifPresent(code -> m.transformCode(code, CodeTransform.ofStateful(() -> new Rewriter(methods)))));
            }
        });
    }

    /** Replaces the instructions of one method. */
    private final class Rewriter implements CodeTransform {
        private final CopiedMethods methods;
        private int line;

        Rewriter(CopiedMethods methods) {
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
                return;
            }
            if (call.owner().asInternalName().equals(REGISTERS) && (name.equals("get") || name.equals("set"))) {
                builder.invokestatic(CHECKED_ACCESS, name + "Register", call.typeSymbol());
                return;
            }
            Optional<String> copied = methods.nameOf(call);
            if (copied.isPresent()) {
                builder.invokestatic(copy, copied.get(), call.typeSymbol());
                return;
            }
            String owner = call.owner().asInternalName();
            if (owner.equals(CONTEXT) || owner.startsWith(INTRINSICS)) {
                builder.loadConstant(line);
                String told = LASTING.contains(owner) ? "atLastingLine" : "atLine";
                builder.invokestatic(CHECKED_ACCESS, told, MethodTypeDesc.of(CD_void, CD_int));
            }
            builder.with(call);
        }
    }
}
