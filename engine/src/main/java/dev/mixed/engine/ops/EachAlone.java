package dev.mixed.engine.ops;

import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;
import java.util.HashMap;
import java.util.Map;

/** A lowering of single launches, whatever stands around them, by the kernel's name. */
public final class EachAlone implements Lowering {
    private final Map<String, Rule> rules = new HashMap<>();

    /** What stands for one launch. */
    @FunctionalInterface
    public interface Rule {
        /** Emits it and returns true, or emits nothing and returns false. */
        boolean lower(Launch launch, LoweredLaunches out);
    }

    /** Adds the rule for a kernel. */
    public EachAlone with(String kernel, Rule rule) {
        rules.put(kernel, rule);
        return this;
    }

    @Override
    public int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        Launch launch = program.get(at);
        Rule rule = rules.get(launch.kernel().name());
        return rule != null && rule.lower(launch, out) ? 1 : 0;
    }
}
