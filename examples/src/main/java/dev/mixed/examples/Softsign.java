// SPDX-License-Identifier: Apache-2.0
package dev.mixed.examples;

import dev.mixed.autograd.InputPolicy;
import dev.mixed.autograd.Variable;
import dev.mixed.engine.Device;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import java.util.Arrays;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * An op of one's own: softsign, y = x / (1 + |x|), torch's {@code torch.nn.functional.softsign}.
 *
 * <p>Two loops are its kernels. They run on the JVM and, compiled by TornadoVM, on a GPU; the slice {@code from, count} lets a device share them out.
 */
public final class Softsign {
    private static final Kernel FORWARD = Kernel.of("softsign", Softsign::forward);
    private static final Kernel BACKWARD = Kernel.of("softsign_backward", Softsign::backward);

    private Softsign() {
    }

    /** x / (1 + |x|) for F32 of any shape. Inside autocast, inputs come as the policy's rule for {@code softsign} tells. */
    public static Variable softsign(Variable input) {
        Variable x = InputPolicy.current().prepare("softsign", input)[0];
        Tensor y = x.data().emptyLike();
        FORWARD.launch().read(x.data()).write(y).over(x.shape().elements(), 4);
        return Variable.result("softsign", y, (dy, gradients) -> {
            Tensor dx = x.data().emptyLike();
            BACKWARD.launch().read(x.data()).read(dy).write(dx).over(x.shape().elements(), 6);
            gradients.add(0, dx);
        }, x);
    }

    /** y[i] = x[i] / (1 + |x[i]|). */
    public static void forward(FloatArray x, FloatArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, x.get(e) / (1f + TornadoMath.abs(x.get(e))));
        }
    }

    /** dx[i] = dy[i] / (1 + |x[i]|)^2. */
    public static void backward(FloatArray x, FloatArray dy, FloatArray dx, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float d = 1f + TornadoMath.abs(x.get(e));
            dx.set(e, dy.get(e) / (d * d));
        }
    }

    public static void main(String[] args) {
        try (Device device = JvmDevice.open()) {
            Variable x = Variable.leaf(Tensor.of(device, Shape.of(3), -3f, 0f, 1f));
            Variable y = softsign(x);
            y.backward(Tensor.of(device, Shape.of(3), 1f, 1f, 1f));
            System.out.println("y     " + Arrays.toString(y.data().toFloats()));
            System.out.println("dy/dx " + Arrays.toString(x.grad().toFloats()));
        }
    }
}
