// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** A kernel that was kept is used again exactly if nothing that its code depends on has changed. */
class KernelDigestTest {
    /** Kernels to be digested, each with what its name says. */
    static final class Kernels {
        static final int FOLDED = 5;
        static final int COMPUTED = Integer.getInteger("no.such.property", 11);
        static final int[] TABLE = {1, 2, 3};

        static void plain(IntArray a) {
            for (@Parallel int i = 0; i < a.getSize(); i++) {
                a.set(i, a.get(i) + 1000);
            }
        }

        static void withHelper(IntArray a) {
            a.set(0, Helper.twice(a.get(0)) + FOLDED);
        }

        static void withField(IntArray a) {
            a.set(0, COMPUTED);
        }

        static void withTable(IntArray a) {
            a.set(0, TABLE[1]);
        }

        static void withLambda(IntArray a) {
            IntSupplier four = () -> 4;
            a.set(0, four.getAsInt());
        }

        static void withVirtualCall(IntArray a) {
            a.set(0, new Open().value());
        }

        static void withFinalCall(IntArray a) {
            a.set(0, new Closed().value());
        }

        private Kernels() {
        }
    }

    /** Called by a kernel. */
    static final class Helper {
        private Helper() {
        }

        static int twice(int x) {
            return x * 2000;
        }
    }

    /** Not called by any kernel. */
    static final class Stranger {
        private Stranger() {
        }

        static int twice(int x) {
            return x * 3000;
        }
    }

    static class Open {
        int value() {
            return 1;
        }
    }

    static final class Closed {
        int value() {
            return 1;
        }
    }

    /** Defines classes of this test anew, some with one constant changed. */
    private static final class Changed extends ClassLoader {
        private final Map<String, byte[]> files = new HashMap<>();

        /** @param constant in {@code owner}'s code, which is 1 more here */
        Changed(Class<?> owner, int constant) {
            super(KernelDigestTest.class.getClassLoader());
            for (Class<?> c : new Class<?>[] {Kernels.class, Helper.class, Stranger.class}) {
                String name = c.getName().replace('.', '/') + ".class";
                byte[] bytes = read(name);
                files.put(name, c == owner ? changed(bytes, constant) : bytes);
            }
        }

        private static byte[] read(String name) {
            try (InputStream in = KernelDigestTest.class.getClassLoader().getResourceAsStream(name)) {
                return in.readAllBytes();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        private static byte[] changed(byte[] bytes, int constant) {
            CodeTransform plusOne = (builder, element) -> {
                if (element instanceof ConstantInstruction c && c.constantValue() instanceof Integer value && value == constant) {
                    builder.loadConstant(constant + 1);
                } else {
                    builder.with(element);
                }
            };
            return ClassFile.of().transformClass(ClassFile.of().parse(bytes), ClassTransform.transformingMethodBodies(plusOne));
        }

        @Override
        public InputStream getResourceAsStream(String name) {
            byte[] bytes = files.get(name);
            return bytes == null ? super.getResourceAsStream(name) : new java.io.ByteArrayInputStream(bytes);
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            byte[] bytes = files.get(name.replace('.', '/') + ".class");
            if (bytes == null) {
                return super.loadClass(name, resolve);
            }
            Class<?> loaded = findLoadedClass(name);
            return loaded != null ? loaded : defineClass(name, bytes, 0, bytes.length);
        }

        Method kernel(String name) throws ClassNotFoundException {
            return method(loadClass(Kernels.class.getName()), name);
        }
    }

    private static Method method(Class<?> owner, String name) {
        return Arrays.stream(owner.getDeclaredMethods()).filter(m -> m.getName().equals(name)).findFirst().orElseThrow();
    }

    private static String digest(String kernel) {
        return KernelDigest.of(method(Kernels.class, kernel)).orElseThrow();
    }

    @Test
    void aDigestIsThatOfTheSameFilesLoadedAgain() throws Exception {
        assertEquals(digest("withHelper"), KernelDigest.of(new Changed(Stranger.class, -1).kernel("withHelper")).orElseThrow());
        assertTrue(digest("plain").matches("[0-9a-f]{64}"));
    }

    @Test
    void anotherConstantInTheKernelIsAnotherKernel() throws Exception {
        assertNotEquals(digest("plain"), KernelDigest.of(new Changed(Kernels.class, 1000).kernel("plain")).orElseThrow());
    }

    @Test
    void anotherConstantInWhatItCallsIsAnotherKernel() throws Exception {
        assertNotEquals(digest("withHelper"), KernelDigest.of(new Changed(Helper.class, 2000).kernel("withHelper")).orElseThrow());
        assertEquals(digest("plain"), KernelDigest.of(new Changed(Helper.class, 2000).kernel("plain")).orElseThrow(), "it does not call the helper");
    }

    @Test
    void whatItDoesNotCallDoesNotCount() throws Exception {
        assertEquals(digest("withHelper"), KernelDigest.of(new Changed(Stranger.class, 3000).kernel("withHelper")).orElseThrow());
    }

    @Test
    void valuesOfStaticFieldsCount() throws Exception {
        String before = digest("withField");
        System.setProperty("no.such.property", "12");
        try {
            assertNotEquals(before, KernelDigest.of(new Changed(Stranger.class, -1).kernel("withField")).orElseThrow());
        } finally {
            System.clearProperty("no.such.property");
        }
    }

    @Test
    void codeWhoseDependenciesCannotBeToldIsNotKept() {
        for (String kernel : new String[] {"withTable", "withLambda", "withVirtualCall"}) {
            assertEquals(Optional.empty(), KernelDigest.of(method(Kernels.class, kernel)), kernel);
        }
        assertTrue(KernelDigest.of(method(Kernels.class, "withFinalCall")).isPresent());
        assertEquals(3, Stream.of("plain", "withHelper", "withField").map(KernelDigestTest::digest).distinct().count());
    }
}
