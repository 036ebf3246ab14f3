// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;

/**
 * Runs a check with vectors of a given length, whatever this machine prefers: the engine's classes are loaded anew, with that length in the place of the
 * preferred one.
 */
public final class VectorWidth extends ClassLoader {
    private static final String ENGINE = "dev.mixed.engine.";
    private final String species;

    private VectorWidth(int bits) {
        super(VectorWidth.class.getClassLoader());
        species = "SPECIES_" + bits;
    }

    /** Calls a static method of {@code owner}, which must be of the engine's packages, with these arguments. */
    public static void run(int bits, Class<?> owner, String method, Object... arguments) throws ReflectiveOperationException {
        Class<?> anew = new VectorWidth(bits).loadClass(owner.getName());
        Method check = Arrays.stream(anew.getDeclaredMethods()).filter(m -> m.getName().equals(method)).findFirst().orElseThrow();
        check.setAccessible(true);
        try {
            check.invoke(null, arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e;
        }
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (!name.startsWith(ENGINE)) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            return loaded != null ? loaded : findClass(name);
        }
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
            if (in == null) {
                throw new ClassNotFoundException(name);
            }
            byte[] code = withSpecies(in.readAllBytes());
            return defineClass(name, code, 0, code.length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private byte[] withSpecies(byte[] code) {
        ClassFile file = ClassFile.of();
        return file.transformClass(file.parse(code), ClassTransform.transformingMethodBodies((builder, element) -> {
            if (element instanceof FieldInstruction f && f.name().equalsString("SPECIES_PREFERRED")) {
                builder.fieldAccess(f.opcode(), f.owner().asSymbol(), species, f.typeSymbol());
            } else {
                builder.with(element);
            }
        }));
    }
}
