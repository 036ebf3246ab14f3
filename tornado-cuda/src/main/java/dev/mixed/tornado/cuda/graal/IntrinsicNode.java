// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda.graal;

import java.util.BitSet;
import jdk.graal.compiler.core.common.LIRKind;
import jdk.graal.compiler.core.common.type.StampFactory;
import jdk.graal.compiler.graph.NodeClass;
import jdk.graal.compiler.graph.NodeInputList;
import jdk.graal.compiler.nodeinfo.NodeCycles;
import jdk.graal.compiler.nodeinfo.NodeInfo;
import jdk.graal.compiler.nodeinfo.NodeSize;
import jdk.graal.compiler.nodes.FixedWithNextNode;
import jdk.graal.compiler.nodes.ValueNode;
import jdk.graal.compiler.nodes.spi.LIRLowerable;
import jdk.graal.compiler.nodes.spi.NodeLIRBuilderTool;
import jdk.vm.ci.meta.AllocatableValue;
import jdk.vm.ci.meta.JavaKind;
import jdk.vm.ci.meta.Value;
import uk.ac.manchester.tornado.api.common.Access;
import uk.ac.manchester.tornado.drivers.cuda.graal.lir.CUDAKind;
import uk.ac.manchester.tornado.runtime.graal.nodes.interfaces.MarkArrayParameterAccess;

/** A call of an intrinsic. */
@NodeInfo(cycles = NodeCycles.CYCLES_1, size = NodeSize.SIZE_1)
final class IntrinsicNode extends FixedWithNextNode implements LIRLowerable, MarkArrayParameterAccess {
    public static final NodeClass<IntrinsicNode> TYPE = NodeClass.create(IntrinsicNode.class);

    @Input
    NodeInputList<ValueNode> arguments;
    private final Template template;
    private final Class<?> returned;
    private final BitSet writes;

    /** @param writes the arguments that are native arrays which it writes */
    IntrinsicNode(Template template, Class<?> returned, BitSet writes, ValueNode[] arguments) {
        super(TYPE, returned == void.class ? StampFactory.forVoid() : StampFactory.forKind(JavaKind.fromJavaClass(returned)));
        this.arguments = new NodeInputList<>(this, arguments);
        this.template = template;
        this.returned = returned;
        this.writes = writes;
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // a node equals itself alone
    public Access getArrayParameterAccess(ValueNode parameter) {
        ValueNode array = MarkArrayParameterAccess.unwrapPi(parameter);
        Access access = Access.NONE;
        for (int i = 0; i < arguments.size(); i++) {
            if (MarkArrayParameterAccess.unwrapPi(arguments.get(i)) == array) {
                if (writes.get(i)) {
                    // A tensor map's store leaves out what lies outside: what was there counts.
                    return Access.READ_WRITE;
                }
                access = Access.READ_ONLY;
            }
        }
        return access;
    }

    @Override
    public void generate(NodeLIRBuilderTool builder) {
        var generator = builder.getLIRGeneratorTool();
        Value[] values = new Value[arguments.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = builder.operand(arguments.get(i));
        }
        if (returned == void.class) {
            generator.append(new IntrinsicInstruction(template, Value.ILLEGAL, values));
            return;
        }
        AllocatableValue result = generator.newVariable(LIRKind.value(kind()));
        generator.append(new IntrinsicInstruction(template, result, values));
        builder.setResult(this, result);
    }

    private CUDAKind kind() {
        return switch (JavaKind.fromJavaClass(returned)) {
            case Int -> CUDAKind.INT;
            case Long -> CUDAKind.LONG;
            case Float -> CUDAKind.FLOAT;
            // Fragments are what the backend does not declare: the intrinsic's code does.
            case Object -> returned == float[].class ? CUDAKind.MMA_FRAG_ACC_F32 : CUDAKind.MMA_FRAG_A_F16;
            default -> throw new IllegalStateException("an intrinsic gives no " + returned);
        };
    }
}
