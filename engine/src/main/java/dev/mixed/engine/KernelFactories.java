// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import java.util.function.Supplier;
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
 * {@code Kernel.of} and {@code Kernel.grid} for each number of arguments, up to 20, the most that a TornadoVM task takes: the compiler finds a method
 * reference's types only where the interface has as many of them.
 */
abstract sealed class KernelFactories permits Kernel {
    /** A kernel of 3 arguments. */
    public static <A1, A2, A3> Kernel of(String name, Task3<A1, A2, A3> reference) {
        return Kernel.loop(name, 3, reference, null);
    }

    /** A kernel of 3 arguments with a vector form for the JVM. */
    public static <A1, A2, A3> Kernel of(String name, Task3<A1, A2, A3> reference,
            Supplier<Task3<A1, A2, A3>> vectorForm) {
        return Kernel.loop(name, 3, reference, vectorForm);
    }

    /** A kernel of 4 arguments. */
    public static <A1, A2, A3, A4> Kernel of(String name, Task4<A1, A2, A3, A4> reference) {
        return Kernel.loop(name, 4, reference, null);
    }

    /** A kernel of 4 arguments with a vector form for the JVM. */
    public static <A1, A2, A3, A4> Kernel of(String name, Task4<A1, A2, A3, A4> reference,
            Supplier<Task4<A1, A2, A3, A4>> vectorForm) {
        return Kernel.loop(name, 4, reference, vectorForm);
    }

    /** A kernel of 5 arguments. */
    public static <A1, A2, A3, A4, A5> Kernel of(String name, Task5<A1, A2, A3, A4, A5> reference) {
        return Kernel.loop(name, 5, reference, null);
    }

    /** A kernel of 5 arguments with a vector form for the JVM. */
    public static <A1, A2, A3, A4, A5> Kernel of(String name, Task5<A1, A2, A3, A4, A5> reference,
            Supplier<Task5<A1, A2, A3, A4, A5>> vectorForm) {
        return Kernel.loop(name, 5, reference, vectorForm);
    }

    /** A kernel of 6 arguments. */
    public static <A1, A2, A3, A4, A5, A6> Kernel of(String name, Task6<A1, A2, A3, A4, A5, A6> reference) {
        return Kernel.loop(name, 6, reference, null);
    }

    /** A kernel of 6 arguments with a vector form for the JVM. */
    public static <A1, A2, A3, A4, A5, A6> Kernel of(String name, Task6<A1, A2, A3, A4, A5, A6> reference,
            Supplier<Task6<A1, A2, A3, A4, A5, A6>> vectorForm) {
        return Kernel.loop(name, 6, reference, vectorForm);
    }

    /** A kernel of 7 arguments. */
    public static <A1, A2, A3, A4, A5, A6, A7> Kernel of(String name, Task7<A1, A2, A3, A4, A5, A6, A7> reference) {
        return Kernel.loop(name, 7, reference, null);
    }

    /** A kernel of 7 arguments with a vector form for the JVM. */
    public static <A1, A2, A3, A4, A5, A6, A7> Kernel of(String name, Task7<A1, A2, A3, A4, A5, A6, A7> reference,
            Supplier<Task7<A1, A2, A3, A4, A5, A6, A7>> vectorForm) {
        return Kernel.loop(name, 7, reference, vectorForm);
    }

    /** A kernel of 8 arguments. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8> Kernel of(String name, Task8<A1, A2, A3, A4, A5, A6, A7, A8> reference) {
        return Kernel.loop(name, 8, reference, null);
    }

    /** A kernel of 8 arguments with a vector form for the JVM. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8> Kernel of(String name, Task8<A1, A2, A3, A4, A5, A6, A7, A8> reference,
            Supplier<Task8<A1, A2, A3, A4, A5, A6, A7, A8>> vectorForm) {
        return Kernel.loop(name, 8, reference, vectorForm);
    }

    /** A kernel of 9 arguments. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9> Kernel of(String name, Task9<A1, A2, A3, A4, A5, A6, A7, A8, A9> reference) {
        return Kernel.loop(name, 9, reference, null);
    }

    /** A kernel of 9 arguments with a vector form for the JVM. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9> Kernel of(String name, Task9<A1, A2, A3, A4, A5, A6, A7, A8, A9> reference,
            Supplier<Task9<A1, A2, A3, A4, A5, A6, A7, A8, A9>> vectorForm) {
        return Kernel.loop(name, 9, reference, vectorForm);
    }

    /** A kernel of 10 arguments. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10> Kernel of(String name, Task10<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10> reference) {
        return Kernel.loop(name, 10, reference, null);
    }

    /** A kernel of 10 arguments with a vector form for the JVM. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10> Kernel of(String name, Task10<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10> reference,
            Supplier<Task10<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10>> vectorForm) {
        return Kernel.loop(name, 10, reference, vectorForm);
    }

    /** A kernel of 11 arguments. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11> Kernel of(String name,
            Task11<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11> reference) {
        return Kernel.loop(name, 11, reference, null);
    }

    /** A kernel of 11 arguments with a vector form for the JVM. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11> Kernel of(String name,
            Task11<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11> reference,
            Supplier<Task11<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11>> vectorForm) {
        return Kernel.loop(name, 11, reference, vectorForm);
    }

    /** A kernel of 12 arguments. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12> Kernel of(String name,
            Task12<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12> reference) {
        return Kernel.loop(name, 12, reference, null);
    }

    /** A kernel of 12 arguments with a vector form for the JVM. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12> Kernel of(String name,
            Task12<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12> reference,
            Supplier<Task12<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12>> vectorForm) {
        return Kernel.loop(name, 12, reference, vectorForm);
    }

    /** A kernel of 13 arguments. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13> Kernel of(String name,
            Task13<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13> reference) {
        return Kernel.loop(name, 13, reference, null);
    }

    /** A kernel of 13 arguments with a vector form for the JVM. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13> Kernel of(String name,
            Task13<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13> reference,
            Supplier<Task13<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13>> vectorForm) {
        return Kernel.loop(name, 13, reference, vectorForm);
    }

    /** A kernel of 14 arguments. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14> Kernel of(String name,
            Task14<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14> reference) {
        return Kernel.loop(name, 14, reference, null);
    }

    /** A kernel of 14 arguments with a vector form for the JVM. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14> Kernel of(String name,
            Task14<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14> reference,
            Supplier<Task14<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14>> vectorForm) {
        return Kernel.loop(name, 14, reference, vectorForm);
    }

    /** A kernel of 15 arguments. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15> Kernel of(String name,
            Task15<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15> reference) {
        return Kernel.loop(name, 15, reference, null);
    }

    /** A kernel of 15 arguments with a vector form for the JVM. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15> Kernel of(String name,
            Task15<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15> reference,
            Supplier<Task15<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15>> vectorForm) {
        return Kernel.loop(name, 15, reference, vectorForm);
    }

    /** A kernel of 16 arguments. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16> Kernel of(String name,
            Task16<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16> reference) {
        return Kernel.loop(name, 16, reference, null);
    }

    /** A kernel of 16 arguments with a vector form for the JVM. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16> Kernel of(String name,
            Task16<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16> reference,
            Supplier<Task16<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16>> vectorForm) {
        return Kernel.loop(name, 16, reference, vectorForm);
    }

    /** A kernel of 17 arguments. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17> Kernel of(String name,
            Task17<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17> reference) {
        return Kernel.loop(name, 17, reference, null);
    }

    /** A kernel of 17 arguments with a vector form for the JVM. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17> Kernel of(String name,
            Task17<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17> reference,
            Supplier<Task17<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17>> vectorForm) {
        return Kernel.loop(name, 17, reference, vectorForm);
    }

    /** A kernel of 18 arguments. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18> Kernel of(String name,
            Task18<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18> reference) {
        return Kernel.loop(name, 18, reference, null);
    }

    /** A kernel of 18 arguments with a vector form for the JVM. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18> Kernel of(String name,
            Task18<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18> reference,
            Supplier<Task18<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18>> vectorForm) {
        return Kernel.loop(name, 18, reference, vectorForm);
    }

    /** A kernel of 19 arguments. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19> Kernel of(String name,
            Task19<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19> reference) {
        return Kernel.loop(name, 19, reference, null);
    }

    /** A kernel of 19 arguments with a vector form for the JVM. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19> Kernel of(String name,
            Task19<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19> reference,
            Supplier<Task19<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19>> vectorForm) {
        return Kernel.loop(name, 19, reference, vectorForm);
    }

    /** A kernel of 20 arguments. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19, A20> Kernel of(String name,
            Task20<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19, A20> reference) {
        return Kernel.loop(name, 20, reference, null);
    }

    /** A kernel of 20 arguments with a vector form for the JVM. */
    public static <A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19, A20> Kernel of(String name,
            Task20<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19, A20> reference,
            Supplier<Task20<A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19, A20>> vectorForm) {
        return Kernel.loop(name, 20, reference, vectorForm);
    }

    /** A grid kernel of 2 arguments, its context included. */
    public static <A2> Kernel grid(String name, Task2<KernelContext, A2> code) {
        return Kernel.grid(name, 2, (Object) code);
    }

    /** A grid kernel of 3 arguments, its context included. */
    public static <A2, A3> Kernel grid(String name, Task3<KernelContext, A2, A3> code) {
        return Kernel.grid(name, 3, (Object) code);
    }

    /** A grid kernel of 4 arguments, its context included. */
    public static <A2, A3, A4> Kernel grid(String name, Task4<KernelContext, A2, A3, A4> code) {
        return Kernel.grid(name, 4, (Object) code);
    }

    /** A grid kernel of 5 arguments, its context included. */
    public static <A2, A3, A4, A5> Kernel grid(String name, Task5<KernelContext, A2, A3, A4, A5> code) {
        return Kernel.grid(name, 5, (Object) code);
    }

    /** A grid kernel of 6 arguments, its context included. */
    public static <A2, A3, A4, A5, A6> Kernel grid(String name, Task6<KernelContext, A2, A3, A4, A5, A6> code) {
        return Kernel.grid(name, 6, (Object) code);
    }

    /** A grid kernel of 7 arguments, its context included. */
    public static <A2, A3, A4, A5, A6, A7> Kernel grid(String name, Task7<KernelContext, A2, A3, A4, A5, A6, A7> code) {
        return Kernel.grid(name, 7, (Object) code);
    }

    /** A grid kernel of 8 arguments, its context included. */
    public static <A2, A3, A4, A5, A6, A7, A8> Kernel grid(String name, Task8<KernelContext, A2, A3, A4, A5, A6, A7, A8> code) {
        return Kernel.grid(name, 8, (Object) code);
    }

    /** A grid kernel of 9 arguments, its context included. */
    public static <A2, A3, A4, A5, A6, A7, A8, A9> Kernel grid(String name, Task9<KernelContext, A2, A3, A4, A5, A6, A7, A8, A9> code) {
        return Kernel.grid(name, 9, (Object) code);
    }

    /** A grid kernel of 10 arguments, its context included. */
    public static <A2, A3, A4, A5, A6, A7, A8, A9, A10> Kernel grid(String name, Task10<KernelContext, A2, A3, A4, A5, A6, A7, A8, A9, A10> code) {
        return Kernel.grid(name, 10, (Object) code);
    }

    /** A grid kernel of 11 arguments, its context included. */
    public static <A2, A3, A4, A5, A6, A7, A8, A9, A10, A11> Kernel grid(String name,
            Task11<KernelContext, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11> code) {
        return Kernel.grid(name, 11, (Object) code);
    }

    /** A grid kernel of 12 arguments, its context included. */
    public static <A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12> Kernel grid(String name,
            Task12<KernelContext, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12> code) {
        return Kernel.grid(name, 12, (Object) code);
    }

    /** A grid kernel of 13 arguments, its context included. */
    public static <A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13> Kernel grid(String name,
            Task13<KernelContext, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13> code) {
        return Kernel.grid(name, 13, (Object) code);
    }

    /** A grid kernel of 14 arguments, its context included. */
    public static <A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14> Kernel grid(String name,
            Task14<KernelContext, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14> code) {
        return Kernel.grid(name, 14, (Object) code);
    }

    /** A grid kernel of 15 arguments, its context included. */
    public static <A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15> Kernel grid(String name,
            Task15<KernelContext, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15> code) {
        return Kernel.grid(name, 15, (Object) code);
    }

    /** A grid kernel of 16 arguments, its context included. */
    public static <A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16> Kernel grid(String name,
            Task16<KernelContext, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16> code) {
        return Kernel.grid(name, 16, (Object) code);
    }

    /** A grid kernel of 17 arguments, its context included. */
    public static <A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17> Kernel grid(String name,
            Task17<KernelContext, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17> code) {
        return Kernel.grid(name, 17, (Object) code);
    }

    /** A grid kernel of 18 arguments, its context included. */
    public static <A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18> Kernel grid(String name,
            Task18<KernelContext, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18> code) {
        return Kernel.grid(name, 18, (Object) code);
    }

    /** A grid kernel of 19 arguments, its context included. */
    public static <A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19> Kernel grid(String name,
            Task19<KernelContext, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19> code) {
        return Kernel.grid(name, 19, (Object) code);
    }

    /** A grid kernel of 20 arguments, its context included. */
    public static <A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19, A20> Kernel grid(String name,
            Task20<KernelContext, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19, A20> code) {
        return Kernel.grid(name, 20, (Object) code);
    }
}
