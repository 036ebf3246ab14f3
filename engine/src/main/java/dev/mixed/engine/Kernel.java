package dev.mixed.engine;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task10;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task11;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task12;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task13;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task14;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task15;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task16;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task17;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task18;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task19;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task2;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task20;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task3;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task4;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task5;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task6;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task7;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task8;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task9;

/**
 * A kernel: a static method over flat arrays, of one of two kinds.
 *
 * <p>A <em>loop kernel</em> has as its last two arguments the slice {@code (from, count)} of its outermost loop. Its <em>reference</em> is a
 * plain loop that runs anywhere, the JVM and TornadoVM alike. A <em>tuned</em> variant of the same signature may stand in for it on the JVM.
 * Factories exist for 3 to 20 arguments, the most that a TornadoVM task takes.
 *
 * <p>A <em>grid kernel</em> ({@link #grid}) has a {@link KernelContext} as its first argument and no slice; it runs as blocks of threads on a
 * GPU, where a {@link Lowering} puts it in the place of loop kernels.
 */
public final class Kernel {
    private final String name;
    private final int arity;
    private final Object reference;
    private final Object tuned;
    private final boolean onGrid;

    private Kernel(String name, int arity, Object reference, Object tuned) {
        this(name, arity, reference, tuned, false);
    }

    private Kernel(String name, int arity, Object reference, Object tuned, boolean onGrid) {
        this.name = name;
        this.arity = arity;
        this.reference = reference;
        this.tuned = tuned;
        this.onGrid = onGrid;
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

    /** The method reference of the plain loop, one of TornadoVM's {@code TaskN} interfaces. */
    public Object reference() {
        return reference;
    }

    /** The method reference that the JVM runs: the tuned variant, or the reference where there is none. */
    public Object tuned() {
        return tuned;
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

    /** A kernel of 3 arguments. */
    public static <A1, A2, A3> Kernel of(String name, Task3<A1, A2, A3> reference) {
        return new Kernel(name, 3, reference, reference);
    }

    /** A kernel of 3 arguments with a tuned variant for the JVM. */
    public static <A1, A2, A3> Kernel of(String name, Task3<A1, A2, A3> reference, Task3<A1, A2, A3> tuned) {
        return new Kernel(name, 3, reference, tuned);
    }

    /** A kernel of 4 arguments. */
    public static <A1, A2, A3, A4> Kernel of(String name, Task4<A1, A2, A3, A4> reference) {
        return new Kernel(name, 4, reference, reference);
    }

    /** A kernel of 4 arguments with a tuned variant for the JVM. */
    public static <A1, A2, A3, A4> Kernel of(String name, Task4<A1, A2, A3, A4> reference, Task4<A1, A2, A3, A4> tuned) {
        return new Kernel(name, 4, reference, tuned);
    }

    /** A kernel of 5 arguments. */
    public static <A1, A2, A3, A4, A5> Kernel of(String name, Task5<A1, A2, A3, A4, A5> reference) {
        return new Kernel(name, 5, reference, reference);
    }

    /** A kernel of 5 arguments with a tuned variant for the JVM. */
    public static <A1, A2, A3, A4, A5> Kernel of(String name, Task5<A1, A2, A3, A4, A5> reference, Task5<A1, A2, A3, A4, A5> tuned) {
        return new Kernel(name, 5, reference, tuned);
    }

    /** A kernel of 6 arguments. */
    public static <A1, A2, A3, A4, A5, A6> Kernel of(String name, Task6<A1, A2, A3, A4, A5, A6> reference) {
        return new Kernel(name, 6, reference, reference);
    }

    /** A kernel of 6 arguments with a tuned variant for the JVM. */
    public static <A1, A2, A3, A4, A5, A6> Kernel of(String name, Task6<A1, A2, A3, A4, A5, A6> reference, Task6<A1, A2, A3, A4, A5, A6> tuned) {
        return new Kernel(name, 6, reference, tuned);
    }

    /** A kernel of 7 arguments. */
    public static <A1, A2, A3, A4, A5, A6, A7> Kernel of(String name, Task7<A1, A2, A3, A4, A5, A6, A7> reference) {
        return new Kernel(name, 7, reference, reference);
    }

    /** A kernel of 7 arguments with a tuned variant for the JVM. */
    public static <A1, A2, A3, A4, A5, A6, A7> Kernel of(String name, Task7<A1, A2, A3, A4, A5, A6, A7> reference, Task7<A1, A2, A3, A4, A5, A6, A7> tuned) {
        return new Kernel(name, 7, reference, tuned);
    }

    /** A kernel of 8 arguments. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8> Kernel of(String name, Task8<A1, A2, A3, A4, A5, A6, A7, A8> reference) {
        return new Kernel(name, 8, reference, reference);
    }

    /** A kernel of 8 arguments with a tuned variant for the JVM. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8> Kernel of(String name, Task8<A1, A2, A3, A4, A5, A6, A7, A8> reference, Task8<A1, A2, A3, A4, A5, A6, A7, A8> tuned) {
        return new Kernel(name, 8, reference, tuned);
    }

    /** A kernel of 9 arguments. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9> Kernel of(String name, Task9<A1, A2, A3, A4, A5, A6, A7, A8, A9> reference) {
        return new Kernel(name, 9, reference, reference);
    }

    /** A kernel of 9 arguments with a tuned variant for the JVM. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9> Kernel of(String name, Task9<A1, A2, A3, A4, A5, A6, A7, A8, A9> reference, Task9<A1, A2, A3, A4, A5, A6, A7, A8, A9> tuned) {
        return new Kernel(name, 9, reference, tuned);
    }

    /** A kernel of 10 arguments. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10> Kernel of(String name, Task10<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10> reference) {
        return new Kernel(name, 10, reference, reference);
    }

    /** A kernel of 10 arguments with a tuned variant for the JVM. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10> Kernel of(String name, Task10<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10> reference, Task10<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10> tuned) {
        return new Kernel(name, 10, reference, tuned);
    }

    /** A kernel of 11 arguments. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11> Kernel of(String name, Task11<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11> reference) {
        return new Kernel(name, 11, reference, reference);
    }

    /** A kernel of 11 arguments with a tuned variant for the JVM. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11> Kernel of(String name, Task11<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11> reference, Task11<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11> tuned) {
        return new Kernel(name, 11, reference, tuned);
    }

    /** A kernel of 12 arguments. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12> Kernel of(String name, Task12<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12> reference) {
        return new Kernel(name, 12, reference, reference);
    }

    /** A kernel of 12 arguments with a tuned variant for the JVM. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12> Kernel of(String name, Task12<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12> reference, Task12<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12> tuned) {
        return new Kernel(name, 12, reference, tuned);
    }

    /** A kernel of 13 arguments. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13> Kernel of(String name, Task13<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13> reference) {
        return new Kernel(name, 13, reference, reference);
    }

    /** A kernel of 13 arguments with a tuned variant for the JVM. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13> Kernel of(String name, Task13<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13> reference, Task13<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13> tuned) {
        return new Kernel(name, 13, reference, tuned);
    }

    /** A kernel of 14 arguments. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14> Kernel of(String name, Task14<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14> reference) {
        return new Kernel(name, 14, reference, reference);
    }

    /** A kernel of 14 arguments with a tuned variant for the JVM. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14> Kernel of(String name, Task14<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14> reference, Task14<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14> tuned) {
        return new Kernel(name, 14, reference, tuned);
    }

    /** A kernel of 15 arguments. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15> Kernel of(String name, Task15<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15> reference) {
        return new Kernel(name, 15, reference, reference);
    }

    /** A kernel of 15 arguments with a tuned variant for the JVM. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15> Kernel of(String name, Task15<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15> reference, Task15<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15> tuned) {
        return new Kernel(name, 15, reference, tuned);
    }

    /** A kernel of 16 arguments. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16> Kernel of(String name, Task16<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16> reference) {
        return new Kernel(name, 16, reference, reference);
    }

    /** A kernel of 16 arguments with a tuned variant for the JVM. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16> Kernel of(String name, Task16<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16> reference, Task16<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16> tuned) {
        return new Kernel(name, 16, reference, tuned);
    }

    /** A kernel of 17 arguments. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17> Kernel of(String name, Task17<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17> reference) {
        return new Kernel(name, 17, reference, reference);
    }

    /** A kernel of 17 arguments with a tuned variant for the JVM. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17> Kernel of(String name, Task17<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17> reference, Task17<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17> tuned) {
        return new Kernel(name, 17, reference, tuned);
    }

    /** A kernel of 18 arguments. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18> Kernel of(String name, Task18<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18> reference) {
        return new Kernel(name, 18, reference, reference);
    }

    /** A kernel of 18 arguments with a tuned variant for the JVM. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18> Kernel of(String name, Task18<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18> reference, Task18<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18> tuned) {
        return new Kernel(name, 18, reference, tuned);
    }

    /** A kernel of 19 arguments. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19> Kernel of(String name, Task19<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19> reference) {
        return new Kernel(name, 19, reference, reference);
    }

    /** A kernel of 19 arguments with a tuned variant for the JVM. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19> Kernel of(String name, Task19<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19> reference, Task19<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19> tuned) {
        return new Kernel(name, 19, reference, tuned);
    }

    /** A kernel of 20 arguments. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19, A20> Kernel of(String name, Task20<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19, A20> reference) {
        return new Kernel(name, 20, reference, reference);
    }

    /** A kernel of 20 arguments with a tuned variant for the JVM. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19, A20> Kernel of(String name, Task20<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19, A20> reference, Task20<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19, A20> tuned) {
        return new Kernel(name, 20, reference, tuned);
    }

    /** A grid kernel of 2 arguments, its context included. */
    public static <A2> Kernel grid(String name, Task2<KernelContext, A2> code) {
        return new Kernel(name, 2, code, code, true);
    }

    /** A grid kernel of 3 arguments, its context included. */
    public static <A2, A3> Kernel grid(String name, Task3<KernelContext, A2, A3> code) {
        return new Kernel(name, 3, code, code, true);
    }

    /** A grid kernel of 4 arguments, its context included. */
    public static <A2, A3, A4> Kernel grid(String name, Task4<KernelContext, A2, A3, A4> code) {
        return new Kernel(name, 4, code, code, true);
    }

    /** A grid kernel of 5 arguments, its context included. */
    public static <A2, A3, A4, A5> Kernel grid(String name, Task5<KernelContext, A2, A3, A4, A5> code) {
        return new Kernel(name, 5, code, code, true);
    }

    /** A grid kernel of 6 arguments, its context included. */
    public static <A2, A3, A4, A5, A6> Kernel grid(String name, Task6<KernelContext, A2, A3, A4, A5, A6> code) {
        return new Kernel(name, 6, code, code, true);
    }

    /** A grid kernel of 7 arguments, its context included. */
    public static <A2, A3, A4, A5, A6, A7> Kernel grid(String name, Task7<KernelContext, A2, A3, A4, A5, A6, A7> code) {
        return new Kernel(name, 7, code, code, true);
    }

    /** A grid kernel of 8 arguments, its context included. */
    public static <A2, A3, A4, A5, A6, A7, A8> Kernel grid(String name, Task8<KernelContext, A2, A3, A4, A5, A6, A7, A8> code) {
        return new Kernel(name, 8, code, code, true);
    }

    /** A grid kernel of 9 arguments, its context included. */
    public static <A2, A3, A4, A5, A6, A7, A8, A9> Kernel grid(String name, Task9<KernelContext, A2, A3, A4, A5, A6, A7, A8, A9> code) {
        return new Kernel(name, 9, code, code, true);
    }

    /** A grid kernel of 10 arguments, its context included. */
    public static <A2, A3, A4, A5, A6, A7, A8, A9, A10> Kernel grid(String name, Task10<KernelContext, A2, A3, A4, A5, A6, A7, A8, A9, A10> code) {
        return new Kernel(name, 10, code, code, true);
    }

    /** A grid kernel of 11 arguments, its context included. */
    public static <A2, A3, A4, A5, A6, A7, A8, A9, A10, A11> Kernel grid(String name, Task11<KernelContext, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11> code) {
        return new Kernel(name, 11, code, code, true);
    }

    /** A grid kernel of 12 arguments, its context included. */
    public static <A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12> Kernel grid(String name, Task12<KernelContext, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12> code) {
        return new Kernel(name, 12, code, code, true);
    }

    /** A grid kernel of 13 arguments, its context included. */
    public static <A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13> Kernel grid(String name, Task13<KernelContext, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13> code) {
        return new Kernel(name, 13, code, code, true);
    }

    /** A grid kernel of 14 arguments, its context included. */
    public static <A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14> Kernel grid(String name, Task14<KernelContext, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14> code) {
        return new Kernel(name, 14, code, code, true);
    }

    /** A grid kernel of 15 arguments, its context included. */
    public static <A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15> Kernel grid(String name, Task15<KernelContext, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15> code) {
        return new Kernel(name, 15, code, code, true);
    }

    /** A grid kernel of 16 arguments, its context included. */
    public static <A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16> Kernel grid(String name, Task16<KernelContext, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16> code) {
        return new Kernel(name, 16, code, code, true);
    }

    /** A grid kernel of 17 arguments, its context included. */
    public static <A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17> Kernel grid(String name, Task17<KernelContext, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17> code) {
        return new Kernel(name, 17, code, code, true);
    }

    /** A grid kernel of 18 arguments, its context included. */
    public static <A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18> Kernel grid(String name, Task18<KernelContext, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18> code) {
        return new Kernel(name, 18, code, code, true);
    }

    /** A grid kernel of 19 arguments, its context included. */
    public static <A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19> Kernel grid(String name, Task19<KernelContext, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19> code) {
        return new Kernel(name, 19, code, code, true);
    }

    /** A grid kernel of 20 arguments, its context included. */
    public static <A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19, A20> Kernel grid(String name, Task20<KernelContext, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19, A20> code) {
        return new Kernel(name, 20, code, code, true);
    }
}
