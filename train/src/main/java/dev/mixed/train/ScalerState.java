// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.amp.GradScaler;
import dev.mixed.amp.SkippedUpdates;
import dev.mixed.autograd.optim.Optimizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A scaler's state, and the steps that its optimizer took, in a checkpoint's {@code training_state.json}. */
final class ScalerState {
    private static final String SCALER = "grad_scaler";
    private static final String SKIPPED = "skipped_updates";
    private static final String OPTIMIZER_STEP = "optimizer_step";

    private ScalerState() {
    }

    static ObjectNode save(GradScaler scaler, Optimizer optimizer) {
        ObjectNode extra = JsonNodeFactory.instance.objectNode();
        if (scaler.isEnabled()) {
            extra.put(OPTIMIZER_STEP, optimizer.stepCount());
            ObjectNode state = extra.putObject(SCALER);
            scaler.stateDict().forEach((key, value) -> {
                if (value instanceof Integer whole) {
                    state.put(key, whole);
                } else {
                    state.put(key, value.doubleValue());
                }
            });
            SkippedUpdates skipped = scaler.skippedUpdates();
            ObjectNode history = extra.putObject(SKIPPED).put("updates", skipped.updates()).put("skips", skipped.skips());
            skipped.latest().forEach(history.putArray("latest")::add);
        }
        return extra;
    }

    /** @param step steps of the run, all of which its optimizer took if nothing else is known */
    static void load(ObjectNode extra, long step, GradScaler scaler, Optimizer optimizer) {
        optimizer.setStepCount(Math.toIntExact(extra.path(OPTIMIZER_STEP).asLong(step)));
        if (!scaler.isEnabled() || !extra.has(SCALER)) {
            return;
        }
        Map<String, Number> state = new LinkedHashMap<>();
        extra.get(SCALER).properties().forEach(e -> state.put(e.getKey(), e.getValue().numberValue()));
        scaler.loadStateDict(state);
        List<Integer> latest = new ArrayList<>();
        for (JsonNode update : extra.path(SKIPPED).path("latest")) {
            latest.add(update.asInt());
        }
        scaler.restoreSkippedUpdates(new SkippedUpdates(extra.path(SKIPPED).path("updates").asInt(), extra.path(SKIPPED).path("skips").asInt(), latest));
    }
}
