// SPDX-License-Identifier: Apache-2.0
package dev.mixed.examples;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.DeviceException;
import dev.mixed.engine.KernelTime;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.tornado.TornadoDevice;
import java.util.List;

/**
 * A program recorded once and run many times: on a GPU its launches become grid kernels, and each run replays them as CUDA graphs. Without a GPU, the
 * same program runs on the JVM.
 */
public final class ProfiledProgram {
    private ProfiledProgram() {
    }

    /** gelu(x w^T + b) of [rows, 256], and its gradients; the profile of its kernels, slowest first. */
    static List<KernelTime> profile(Device device, int rows) {
        Variable x = Variable.constant(Tensor.zeros(device, Shape.of(rows, 256), DType.F16));
        Variable weight = Variable.leaf(Tensor.zeros(device, Shape.of(1024, 256), DType.F16));
        Variable bias = Variable.leaf(Tensor.zeros(device, Shape.of(1024), DType.F16));
        Program step = Program.record(device, () -> {
            Variable y = F.gelu(F.linear(x, weight, bias));
            y.backward(y.data());
            return List.of(weight.grad(), bias.grad());
        });
        for (int i = 0; i < 10; i++) {
            // What changes from run to run is written into tensors; the program itself stays as it was recorded.
            float[] next = new float[rows * 256];
            next[i] = 1f;
            x.data().write(next);
            step.run();
        }
        return device.profile(step, 5);
    }

    public static void main(String[] args) {
        try (Device device = open()) {
            System.out.println("on " + device.hardware());
            profile(device, 512).forEach(k -> System.out.printf("%-28s %3d launches %8.3f ms%n", k.kernel(), k.launches(), k.millis()));
        }
    }

    private static Device open() {
        try {
            return TornadoDevice.open();
        } catch (DeviceException e) {
            return JvmDevice.open();
        }
    }
}
