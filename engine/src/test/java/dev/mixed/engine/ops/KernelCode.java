// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops;

import dev.mixed.engine.Kernel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeInstruction;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The bytecode of what TornadoVM compiles for a GPU: grid kernels, the loops that run where no grid kernel does, and the engine's methods that they call. */
public final class KernelCode {
    private static final String LOOPS = "dev/mixed/engine/ops/";

    private KernelCode() {
    }

    /** The kernels themselves, by class, name and descriptor. */
    public static List<String> kernels() {
        Map<String, MethodModel> methods = methods(Kernel.class);
        return methods.keySet().stream().filter(name -> isGridKernel(methods.get(name))
                || name.startsWith(LOOPS) && !ofVectorForm(name) && isLoopKernel(methods.get(name))).sorted().toList();
    }

    /** Kernels and what they call, by class, name and descriptor. */
    public static Map<String, MethodModel> all() {
        Map<String, MethodModel> methods = methods(Kernel.class);
        Map<String, MethodModel> onGpu = new TreeMap<>();
        kernels().forEach(name -> follow(name, methods, onGpu));
        for (String known : List.of("softmax/Softmax.softmaxRows", "random/Philox.keepFour", "matmul/MmaGrid.mmaToHalf", "gelu/GeluHalf.exact")) {
            if (onGpu.keySet().stream().noneMatch(name -> name.startsWith(LOOPS + known + "("))) {
                throw new AssertionError(known + " is not among what runs on a GPU: " + onGpu.keySet());
            }
        }
        return onGpu;
    }

    /** The internal names of the classes that lie beside this one and in folders below. */
    public static List<String> classes(Class<?> one) {
        return methods(one).keySet().stream().map(name -> name.substring(0, name.indexOf('.'))).distinct().sorted().toList();
    }

    /** All methods of the classes that lie beside this one and in folders below. */
    public static Map<String, MethodModel> methods(Class<?> one) {
        Map<String, MethodModel> methods = new HashMap<>();
        try (Stream<Path> files = Files.walk(Path.of(one.getResource(one.getSimpleName() + ".class").toURI()).getParent())) {
            for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
                ClassModel model = ClassFile.of().parse(file);
                for (MethodModel method : model.methods()) {
                    methods.put(key(model.thisClass().asInternalName(), method.methodName().stringValue(), method.methodType().stringValue()), method);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
        return methods;
    }

    private static String key(String owner, String name, String descriptor) {
        return owner + "." + name + descriptor;
    }

    private static boolean isGridKernel(MethodModel method) {
        var parameters = method.methodTypeSymbol().parameterList();
        return !parameters.isEmpty() && parameters.getFirst().displayName().equals("KernelContext");
    }

    /** The JVM's own forms never run on a GPU. */
    private static boolean ofVectorForm(String name) {
        return name.substring(0, name.indexOf('.')).endsWith("Vector");
    }

    /** Arrays come first, and a slice last. */
    private static boolean isLoopKernel(MethodModel method) {
        var type = method.methodTypeSymbol();
        return type.parameterCount() > 2 && type.parameterType(0).displayName().endsWith("Array") && type.descriptorString().endsWith("II)V");
    }

    /** Adds a method and all that it calls. */
    private static void follow(String name, Map<String, MethodModel> methods, Map<String, MethodModel> found) {
        if (methods.containsKey(name) && found.put(name, methods.get(name)) == null) {
            methods.get(name).code().ifPresent(code -> code.forEach(element -> {
                if (element instanceof InvokeInstruction call) {
                    follow(key(call.owner().asInternalName(), call.name().stringValue(), call.type().stringValue()), methods, found);
                }
            }));
        }
    }
}
