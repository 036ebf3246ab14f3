// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.KernelContext;

/**
 * A kernel: a static method over flat arrays, of one of two kinds.
 *
 * <p>A <em>loop kernel</em> has as its last two arguments the slice {@code (from, count)} of its outermost loop. Its <em>reference</em> is a
 * plain loop that runs anywhere, the JVM and TornadoVM alike. A <em>vector form</em> of the same signature may stand in for it on the JVM.
 * {@code Kernel.of} makes a loop kernel.
 *
 * <p>A <em>grid kernel</em> has a {@link KernelContext} as its first argument and no slice; it runs as blocks of threads on a GPU, where a
 * {@link Lowering} puts it in the place of loop kernels. {@code Kernel.grid} makes one.
 */
public final class Kernel extends KernelFactories {
    private final String name;
    private final int arity;
    private final Object reference;
    private final @Nullable Supplier<?> vectorForm;
    private final boolean onGrid;
    private @Nullable Class<? extends Record> view;

    private Kernel(String name, int arity, Object reference, @Nullable Supplier<?> vectorForm, boolean onGrid) {
        this.name = name;
        this.arity = arity;
        this.reference = reference;
        this.vectorForm = vectorForm;
        this.onGrid = onGrid;
    }

    static Kernel loop(String name, int arity, Object reference, @Nullable Supplier<?> vectorForm) {
        return new Kernel(name, arity, reference, vectorForm, false);
    }

    static Kernel grid(String name, int arity, Object code) {
        return new Kernel(name, arity, code, null, true);
    }

    /**
     * Names the arguments: {@code view} has a component for each, with the names of the method's parameters and in their order, the slice or the
     * context left out. {@link Launch#arguments} then gives a launch's arguments by name.
     */
    public Kernel named(Class<? extends Record> view) {
        this.view = view;
        return this;
    }

    /** The record that names the arguments; null for a kernel whose launches nobody looks into. */
    public @Nullable Class<? extends Record> view() {
        return view;
    }

    /** The name in profiles and error messages, for example {@code matmul.f32}. */
    public String name() {
        return name;
    }

    /** Whether this is a grid kernel. */
    public boolean onGrid() {
        return onGrid;
    }

    /** Number of arguments, the slice or the context included. */
    public int arity() {
        return arity;
    }

    /** The method reference of the plain loop or of the grid kernel, one of TornadoVM's {@code TaskN} interfaces. */
    public Object reference() {
        return reference;
    }

    /**
     * The method reference of the vector form, or of the plain loop where there is none. Only where the JVM has the module of the Vector API, whose
     * classes the form needs.
     */
    public Object vectorForm() {
        return vectorForm == null ? reference : vectorForm.get();
    }

    /** Starts a launch of this loop kernel. */
    public Launch.Builder launch() {
        if (onGrid) {
            throw new IllegalStateException(name + " is a grid kernel; only a lowering launches it");
        }
        return new Launch.Builder(this);
    }

    @Override
    public String toString() {
        return name;
    }
}
