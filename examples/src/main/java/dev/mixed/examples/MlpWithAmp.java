// SPDX-License-Identifier: Apache-2.0
package dev.mixed.examples;

import dev.mixed.amp.Autocast;
import dev.mixed.amp.GradScaler;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.autograd.nn.Initializer;
import dev.mixed.autograd.nn.Linear;
import dev.mixed.autograd.nn.Module;
import dev.mixed.autograd.optim.AdamW;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import java.util.List;

/** Two linear layers learn exclusive or, in mixed precision. */
public final class MlpWithAmp extends Module {
    private final Linear hidden;
    private final Linear out;

    MlpWithAmp(Initializer init) {
        hidden = register("hidden", new Linear(init, 2, 16, 1f));
        out = register("out", new Linear(init, 16, 1, 1f));
    }

    Variable forward(Variable x) {
        return out.forward(F.gelu(hidden.forward(x)));
    }

    /** Trains, and returns the logits of 0^0, 0^1, 1^0 and 1^1: negative for false, positive for true. */
    static float[] train(Device device, int steps) {
        MlpWithAmp model = new MlpWithAmp(new Initializer(device, 42));
        AdamW optimizer = new AdamW(List.of(new ParameterGroup(model.namedParameters(), 0.01f)), 0.02f);
        GradScaler scaler = new GradScaler(device);
        Variable x = Variable.constant(Tensor.of(device, Shape.of(4, 2), 0, 0, 0, 1, 1, 0, 1, 1));
        Tensor labels = Tensor.of(device, Shape.of(4), 0, 1, 1, 0);
        Tensor weights = Tensor.of(device, Shape.of(4), 1, 1, 1, 1);
        for (int step = 0; step < steps; step++) {
            optimizer.zeroGrad();
            Variable loss;
            try (Autocast _ = Autocast.on(device)) {
                loss = F.binaryCrossEntropyWithLogits(model.forward(x), labels, weights);
            }
            scaler.scale(loss).backward();
            scaler.step(optimizer);
            scaler.update();
        }
        return model.forward(x).data().toFloats();
    }

    public static void main(String[] args) {
        try (Device device = JvmDevice.open()) {
            float[] logits = train(device, 200);
            System.out.printf("0^0 %s, 0^1 %s, 1^0 %s, 1^1 %s%n", logits[0] > 0, logits[1] > 0, logits[2] > 0, logits[3] > 0);
        }
    }
}
