package dev.mixed.autograd.nn;

import dev.mixed.autograd.Parameter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A part of a model: it owns parameters and other modules under names, and is in training or evaluation mode. */
public abstract class Module {
    private final Map<String, Parameter> parameters = new LinkedHashMap<>();
    private final Map<String, Module> children = new LinkedHashMap<>();
    private boolean training = true;

    /** Registers a parameter of this module. */
    protected final Parameter register(String name, Parameter parameter) {
        checkNew(name);
        parameters.put(name, parameter);
        return parameter;
    }

    /** Registers a part of this module. A name may have dots, as Hugging Face's {@code attention.self.query}. */
    protected final <M extends Module> M register(String name, M module) {
        checkNew(name);
        children.put(name, module);
        return module;
    }

    private void checkNew(String name) {
        if (parameters.containsKey(name) || children.containsKey(name)) {
            throw new IllegalArgumentException("the name " + name + " is taken in " + getClass().getSimpleName());
        }
    }

    /** All parameters of this module and its parts by dotted name, in the order of registration. */
    public final Map<String, Parameter> namedParameters() {
        Map<String, Parameter> all = new LinkedHashMap<>();
        collect("", all);
        return all;
    }

    private void collect(String prefix, Map<String, Parameter> into) {
        parameters.forEach((name, parameter) -> {
            // Dotted names allow "a" with "b.c" beside "a.b" with "c": a checkpoint could hold only one of them.
            if (into.put(prefix + name, parameter) != null) {
                throw new IllegalStateException("two parameters have the name " + prefix + name + "; register one part under another name");
            }
        });
        children.forEach((name, module) -> module.collect(prefix + name + ".", into));
    }

    /** All parameters of this module and its parts. */
    public final List<Parameter> parameters() {
        return new ArrayList<>(namedParameters().values());
    }

    /** Number of trainable numbers. */
    public final long parameterCount() {
        return parameters().stream().mapToLong(p -> p.shape().elements()).sum();
    }

    /** Puts this module and its parts in training mode: dropout is active. */
    public final void train() {
        setTraining(true);
    }

    /** Puts this module and its parts in evaluation mode: dropout does nothing. */
    public final void eval() {
        setTraining(false);
    }

    private void setTraining(boolean mode) {
        training = mode;
        children.values().forEach(m -> m.setTraining(mode));
    }

    public final boolean training() {
        return training;
    }

    /** Forgets the gradients of all parameters. */
    public final void zeroGrad() {
        parameters().forEach(Parameter::zeroGrad);
    }
}
