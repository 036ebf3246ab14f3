// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda.graal;

import jdk.graal.compiler.lir.LIRInstruction;
import jdk.graal.compiler.lir.LIRInstructionClass;
import jdk.graal.compiler.lir.Opcode;
import jdk.graal.compiler.lir.asm.CompilationResultBuilder;
import jdk.vm.ci.meta.AllocatableValue;
import jdk.vm.ci.meta.Value;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;
import uk.ac.manchester.tornado.drivers.cuda.graal.asm.CUDAAssembler;
import uk.ac.manchester.tornado.drivers.cuda.graal.compiler.CUDACompilationResultBuilder;

/** Writes the code of an intrinsic. */
@Opcode("INTRINSIC")
final class IntrinsicInstruction extends LIRInstruction {
    public static final LIRInstructionClass<IntrinsicInstruction> TYPE = LIRInstructionClass.create(IntrinsicInstruction.class);

    @Def({OperandFlag.REG, OperandFlag.ILLEGAL})
    AllocatableValue result;
    @Use
    Value[] arguments;
    private final Template template;

    IntrinsicInstruction(Template template, AllocatableValue result, Value[] arguments) {
        super(TYPE);
        this.template = template;
        this.result = result;
        this.arguments = arguments;
    }

    @Override
    public void emitCode(CompilationResultBuilder builder) {
        // TornadoVM's builder is a CompilationResultBuilder, which its stub does not say.
        CUDACompilationResultBuilder kernel = (CUDACompilationResultBuilder) (Object) builder;
        CUDAAssembler code = kernel.getAssembler();
        String to = Value.ILLEGAL.equals(result) ? "" : code.getStringValue(kernel, result);
        code.indent();
        code.emitSymbol(template.fill(i -> code.getStringValue(kernel, arguments[i]), to, (int) TornadoNativeArray.ARRAY_HEADER));
        code.delimiter();
        code.eol();
    }
}
