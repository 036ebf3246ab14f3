package dev.mixed.engine.gpu;

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
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The bytecode of what TornadoVM compiles for a GPU: the grid kernels, and the methods of their package that they call. */
final class KernelCode {
    private KernelCode() {
    }

    /** Methods by class, name and descriptor. */
    static Map<String, MethodModel> all() {
        Map<String, MethodModel> methods = methods(GpuLowerings.class);
        Map<String, MethodModel> onGpu = new TreeMap<>();
        methods.forEach((name, method) -> {
            if (isKernel(method)) {
                follow(name, methods, onGpu);
            }
        });
        if (onGpu.size() <= 10) {
            throw new AssertionError("only these run on a GPU: " + onGpu.keySet());
        }
        return onGpu;
    }

    /** All methods of the classes that lie beside this one. */
    static Map<String, MethodModel> methods(Class<?> one) {
        Map<String, MethodModel> methods = new HashMap<>();
        try (Stream<Path> files = Files.list(Path.of(one.getResource(one.getSimpleName() + ".class").toURI()).getParent())) {
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
        return owner.substring(owner.lastIndexOf('/') + 1) + "." + name + descriptor;
    }

    private static boolean isKernel(MethodModel method) {
        var parameters = method.methodTypeSymbol().parameterList();
        return !parameters.isEmpty() && parameters.getFirst().displayName().equals("KernelContext");
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
