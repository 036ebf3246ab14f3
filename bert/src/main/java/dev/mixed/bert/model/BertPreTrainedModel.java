// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.model;

import dev.mixed.amp.Precision;
import dev.mixed.autograd.nn.Initializer;
import dev.mixed.autograd.nn.Module;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.ops.random.RandomState;
import java.util.List;

/** A BERT with something of its own on the encoder's last hidden state: what all such models are asked for. */
public abstract class BertPreTrainedModel extends SequenceModel {
    private BertConfig config;
    private final RandomState random;
    private final BertModel bert;

    /**
     * The encoder; what stands on it comes after.
     *
     * @param encoderLoaded whether the encoder's parameters are loaded before their first use: they are zeros until then
     * @param seed          of all randomness in training
     */
    BertPreTrainedModel(BertConfig config, Initializer init, boolean encoderLoaded, long seed) {
        this.config = config;
        this.random = new RandomState(init.device(), seed);
        bert = register("bert", new BertModel(config, encoderLoaded ? init.leavingZeros() : init, random));
    }

    /** Sizes of the model, and names of the labels. */
    public final BertConfig config() {
        return config;
    }

    /** Another configuration to be saved, of the same sizes. */
    final void setConfig(BertConfig changed) {
        config = changed;
    }

    /** The encoder. */
    public final BertModel bert() {
        return bert;
    }

    @Override
    public boolean packsWell(Device device, Precision precision) {
        return device.packsWell(precision == Precision.FP32 ? DType.F32 : DType.F16, config.headSize());
    }

    @Override
    public List<Module> encoderParts() {
        return bert.parts();
    }

    @Override
    public boolean gradientCheckpointing(boolean on) {
        bert.gradientCheckpointing(on);
        return true;
    }

    @Override
    public RandomState random() {
        return random;
    }

    @Override
    public byte[] configJson() {
        return config.toJson();
    }
}
