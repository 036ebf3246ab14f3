// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.pretrained;

import dev.mixed.bert.config.TensorNames;
import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import dev.mixed.weights.TensorInfo;
import dev.mixed.weights.WeightFile;
import dev.mixed.weights.WeightFormat;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;

/** Weights under the names that the model's parameters have today, wherever the file calls them otherwise; see {@link TensorNames#canonical} and {@link Unwrapped}. */
final class RenamedWeights implements WeightFile {
    private final WeightFile inner;
    private final Map<String, String> stored = new HashMap<>();
    private final SequencedMap<String, TensorInfo> tensors = new LinkedHashMap<>();
    private final Optional<String> note;

    private RenamedWeights(WeightFile inner) {
        this.inner = inner;
        Unwrapped unwrapped = Unwrapped.of(inner.file(), inner.tensors().keySet());
        note = unwrapped.note(inner.file());
        boolean prefixed = TensorNames.isPrefixed(unwrapped.names());
        Iterator<String> bare = unwrapped.names().iterator();
        inner.tensors().forEach((name, info) -> {
            String canonical = TensorNames.canonical(bare.next(), prefixed);
            String other = stored.put(canonical, name);
            if (other != null) {
                throw new UserException("'" + inner.file() + "' has both '" + Brief.of(other) + "' and '" + Brief.of(name)
                        + "', which are two names of one tensor; remove one.");
            }
            tensors.put(canonical, new TensorInfo(canonical, info.type(), info.shape(), info.begin(), info.end()));
        });
        Unwrapped.refuseOthers(inner.file(), tensors.keySet());
    }

    /** Maps and checks the file; names of tensors are canonical. */
    static WeightFile open(WeightFormat format, Path file) {
        WeightFile opened = format.open(file);
        try {
            return of(opened);
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /** {@code file} itself where all names are canonical. Closing the result closes {@code file}. */
    static WeightFile of(WeightFile file) {
        RenamedWeights renamed = new RenamedWeights(file);
        return renamed.tensors.keySet().equals(file.tensors().keySet()) ? file : renamed;
    }

    /** What the user should know of the names in the file; see {@link Unwrapped#note}. */
    static Optional<String> note(WeightFile file) {
        return file instanceof RenamedWeights renamed ? renamed.note : Optional.empty();
    }

    @Override
    public String file() {
        return inner.file();
    }

    @Override
    public SequencedMap<String, TensorInfo> tensors() {
        return Collections.unmodifiableSequencedMap(tensors);
    }

    @Override
    public void readFloats(String name, MemorySegment target) {
        info(name);
        inner.readFloats(Objects.requireNonNull(stored.get(name), "every tensor has the name that it is stored under"), target);
    }

    @Override
    public void close() {
        inner.close();
    }
}
