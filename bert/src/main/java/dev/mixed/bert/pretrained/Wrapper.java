// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.pretrained;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What programs wrap around a model before they save it: a part of every tensor's name, which is taken off. */
public enum Wrapper {
    DATA_PARALLEL("module", "torch.nn.DataParallel, DistributedDataParallel, DeepSpeed"),
    COMPILED("_orig_mod", "torch.compile"),
    FSDP("_fsdp_wrapped_module", "FullyShardedDataParallel"),
    CHECKPOINTED("_checkpoint_wrapped_module", "activation checkpointing"),
    FORWARD("_forward_module", "Lightning's strategies"),
    MODEL("model", "a LightningModule or another module around it"),
    NET("net", "a LightningModule or another module around it");

    private final String part;
    private final String origin;

    Wrapper(String part, String origin) {
        this.part = part;
        this.origin = origin;
    }

    /** The part of the name, without the dot that follows. */
    public String part() {
        return part;
    }

    /** What writes it. */
    public String origin() {
        return origin;
    }

    /** Whether it may also stand within a name, around a part of the model: no parameter of BERT's is called so. */
    boolean isInner() {
        return this != MODEL && this != NET;
    }

    /** The one in front of some of the names. */
    static Optional<Wrapper> inFrontOf(List<String> names) {
        return Arrays.stream(values()).filter(w -> names.stream().anyMatch(name -> name.startsWith(w.part + "."))).findFirst();
    }

    /** The one that {@code part} is within a name. */
    static Optional<Wrapper> inner(String part) {
        return Arrays.stream(values()).filter(w -> w.isInner() && w.part.equals(part)).findFirst();
    }
}
