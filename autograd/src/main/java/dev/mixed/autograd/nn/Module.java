// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.nn;

import dev.mixed.autograd.InputPolicy;
import dev.mixed.autograd.Parameter;
import dev.mixed.engine.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

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

    /** The values of all parameters by dotted name: the tensors themselves and no copies, as PyTorch's {@code state_dict()}. */
    public final Map<String, Tensor> stateDict() {
        Map<String, Tensor> state = new LinkedHashMap<>();
        namedParameters().forEach((name, parameter) -> state.put(name, parameter.data()));
        return state;
    }

    /**
     * Names in which a state dict and a module differ.
     *
     * @param missingKeys    parameters that the state dict lacks
     * @param unexpectedKeys tensors of it that are no parameter
     */
    public record IncompatibleKeys(List<String> missingKeys, List<String> unexpectedKeys) {
        public IncompatibleKeys {
            missingKeys = List.copyOf(missingKeys);
            unexpectedKeys = List.copyOf(unexpectedKeys);
        }
    }

    /** {@link #loadStateDict(Map, boolean)}, strictly. */
    public final void loadStateDict(Map<String, Tensor> state) {
        loadStateDict(state, true);
    }

    /**
     * Copies the values of a state dict, F32 or F16 and on any device, into the parameters of the same names. Not for programs that run meanwhile.
     *
     * @param strict whether both must have the same names
     * @return the names in which they differ
     * @throws IllegalArgumentException if they do though it is strict, or where a tensor has another shape than its parameter; then nothing was copied
     */
    public final IncompatibleKeys loadStateDict(Map<String, Tensor> state, boolean strict) {
        Map<String, Parameter> own = namedParameters();
        IncompatibleKeys keys = new IncompatibleKeys(own.keySet().stream().filter(name -> !state.containsKey(name)).toList(),
                state.keySet().stream().filter(name -> !own.containsKey(name)).toList());
        List<String> misfits = new ArrayList<>();
        own.forEach((name, parameter) -> {
            Tensor tensor = state.get(name);
            if (tensor != null && (!tensor.shape().equals(parameter.shape()) || !tensor.dtype().isFloating())) {
                misfits.add("'" + name + "' is " + tensor.dtype() + tensor.shape() + " and not " + parameter.dtype() + parameter.shape());
            }
        });
        if (strict && !keys.missingKeys().isEmpty()) {
            misfits.add("it lacks " + quoted(keys.missingKeys()));
        }
        if (strict && !keys.unexpectedKeys().isEmpty()) {
            misfits.add("it has " + quoted(keys.unexpectedKeys()) + " too much");
        }
        if (!misfits.isEmpty()) {
            throw new IllegalArgumentException("the state dict does not fit " + getClass().getSimpleName() + ": " + String.join("; ", misfits)
                    + "; load one that was saved from the same model, or with strict = false where only names differ");
        }
        InputPolicy.current().parametersChanged();
        own.forEach((name, parameter) -> {
            if (state.containsKey(name)) {
                parameter.data().write(state.get(name).toFloats());
            }
        });
        return keys;
    }

    private static String quoted(List<String> names) {
        return names.stream().map(name -> "'" + name + "'").collect(Collectors.joining(", "));
    }

    /** {@link Parameter#setRequiresGrad} for all parameters of this module and its parts. */
    public final void setRequiresGrad(boolean wanted) {
        parameters().forEach(parameter -> parameter.setRequiresGrad(wanted));
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
