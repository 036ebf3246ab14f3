// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda.graal;

import dev.mixed.intrinsics.CudaC;
import dev.mixed.intrinsics.Families;
import java.lang.reflect.Method;
import java.util.BitSet;
import jdk.graal.compiler.nodes.ValueNode;
import jdk.graal.compiler.nodes.graphbuilderconf.GraphBuilderContext;
import jdk.graal.compiler.nodes.graphbuilderconf.InvocationPlugin;
import jdk.graal.compiler.nodes.graphbuilderconf.InvocationPlugins;
import jdk.vm.ci.meta.JavaKind;
import jdk.vm.ci.meta.ResolvedJavaMethod;
import uk.ac.manchester.tornado.drivers.cuda.graal.backend.CUDABackend;

/** Puts an {@link IntrinsicNode} in the place of each call of a method with {@link CudaC}. */
public final class IntrinsicPlugin extends InvocationPlugin {
    private final Template template;
    private final Class<?> returned;
    private final BitSet writes = new BitSet();

    private IntrinsicPlugin(Method method, CudaC code) {
        super(method.getName(), method.getParameterTypes());
        template = Template.parse(code.value());
        returned = method.getReturnType();
        for (int argument : code.writes()) {
            writes.set(argument);
        }
    }

    /** Teaches a backend all intrinsics, before it compiles its first kernel. */
    public static void register(CUDABackend backend) {
        InvocationPlugins plugins = backend.getProviders().getReplacements().getGraphBuilderPlugins().getInvocationPlugins();
        for (Class<?> family : Families.ALL) {
            for (Method method : family.getDeclaredMethods()) {
                CudaC code = method.getAnnotation(CudaC.class);
                if (code != null) {
                    plugins.register(family, new IntrinsicPlugin(method, code));
                }
            }
        }
    }

    @Override
    public boolean execute(GraphBuilderContext builder, ResolvedJavaMethod target, Receiver receiver, ValueNode[] arguments) {
        IntrinsicNode node = new IntrinsicNode(template, returned, writes, arguments);
        if (returned == void.class) {
            builder.add(node);
        } else {
            builder.addPush(JavaKind.fromJavaClass(returned), node);
        }
        return true;
    }
}
