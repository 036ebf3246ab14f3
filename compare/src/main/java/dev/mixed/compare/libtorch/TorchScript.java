// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.libtorch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A function in TorchScript, PyTorch's typed subset of Python, run by libtorch through DJL. It reaches every op of ATen, of which DJL's own arrays
 * know a part only.
 *
 * <p>DJL loads modules from archives alone, so this writes one: a zip of the source and of a pickled module without parameters.
 */
public final class TorchScript implements AutoCloseable {
    private static final String HEAD = """
            class Function(Module):
              __parameters__ = []
              __buffers__ = []
              training : bool
            """;
    /** An object of that class, in pickle's protocol 2, whose only state is {@code training = True}. */
    private static final String OBJECT = "\u0080\u0002c__torch__\nFunction\nq\u0000)\u0081}(X\b\u0000\u0000\u0000trainingq\u0001\u0088ubq\u0002.";
    private static final String NO_CONSTANTS = "\u0080\u0002).";
    /** Of the archive format: from 10 on, ops have their present signatures. */
    private static final String VERSION = "10\n";

    private final PtSymbolBlock block;

    /**
     * Compiles a function.
     *
     * @param body {@code forward(...)}, as TorchScript's archives spell it: indented by two, with ops as {@code torch.add(a, b)}
     */
    public TorchScript(NDManager manager, String body) {
        try {
            block = JniUtils.loadModule((PtNDManager) manager, new ByteArrayInputStream(archive(HEAD + body)), false, false);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Compiles a function of tensors that returns one expression of them, such as {@code torch.add(x, y)}.
     *
     * @param arguments names, separated by commas
     */
    public static TorchScript expression(NDManager manager, String arguments, String expression) {
        return new TorchScript(manager, "  def forward(self: __torch__.Function, " + arguments.replaceAll("(\\w+)", "$1: Tensor") + ") -> Tensor:\n    return "
                + expression + "\n");
    }

    /**
     * Calls the function.
     *
     * @param arguments in order; arrays in a row that are named {@code name[]} make up a list
     * @param gradients whether libtorch records the ops for a backward pass
     */
    public NDList call(NDList arguments, boolean gradients) {
        JniUtils.setGradMode(gradients);
        return IValueUtils.forward(block, arguments, gradients);
    }

    /** Names arrays so that {@link #call} takes them as one list. */
    public static void asList(String name, List<? extends NDArray> arrays) {
        arrays.forEach(a -> a.setName(name + "[]"));
    }

    private static byte[] archive(String source) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.setMethod(ZipOutputStream.STORED);
            add(zip, "data.pkl", OBJECT.getBytes(StandardCharsets.ISO_8859_1));
            add(zip, "code/__torch__.py", source.getBytes(StandardCharsets.UTF_8));
            add(zip, "constants.pkl", NO_CONSTANTS.getBytes(StandardCharsets.ISO_8859_1));
            add(zip, "version", VERSION.getBytes(StandardCharsets.US_ASCII));
        }
        return bytes.toByteArray();
    }

    private static void add(ZipOutputStream zip, String name, byte[] data) throws IOException {
        CRC32 checksum = new CRC32();
        checksum.update(data);
        ZipEntry entry = new ZipEntry("function/" + name);
        entry.setSize(data.length);
        entry.setCrc(checksum.getValue());
        zip.putNextEntry(entry);
        zip.write(data);
        zip.closeEntry();
    }

    @Override
    public void close() {
        block.close();
    }
}
