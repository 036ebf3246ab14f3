// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda.nccl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where NCCL is looked for, in which order, and what is said where there is none. */
class NcclLibraryTest {
    @TempDir
    private Path root;

    private final List<String> tried = new ArrayList<>();

    private NcclSearch search(Map<String, String> environment) {
        return new NcclSearch(environment, root);
    }

    private Path file(String path) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.createFile(file);
    }

    /** A loader that only can load these places. */
    private Function<String, Nccl> loading(int version, String... places) {
        return place -> {
            tried.add(place);
            if (!List.of(places).contains(place)) {
                throw new IllegalArgumentException("Cannot open library: " + place);
            }
            FakeNccl nccl = new FakeNccl(new ArrayList<>(), new FakeGpu(new ArrayList<>(), false), 1);
            nccl.version = version;
            return nccl;
        };
    }

    @Test
    void toolkitsAndPythonsOfTheMachineAreSearchedNewestFirst() throws IOException {
        Path old = file("usr/local/cuda-12.4/lib64/libnccl.so.2");
        Path wheel = file("usr/lib/python3.11/dist-packages/nvidia/nccl/lib/libnccl.so.2");
        Path newer = file("usr/local/lib/python3.13/site-packages/nvidia/nccl/lib/libnccl.so.2");
        Path home = file("home/.local/lib/python3.12/site-packages/nvidia/nccl/lib/libnccl.so.2");
        Path named = file("cuda/lib/libnccl.so.2");
        file("usr/local/cuda-13.0/lib64/libnccl.so.3");
        assertEquals(List.of(named, old, newer, wheel, home),
                search(Map.of("CUDA_HOME", root.resolve("cuda").toString(), "HOME", root.resolve("home").toString())).found());
    }

    @Test
    void thePythonOnThePathMayBeALinkOfAnEnvironment() throws IOException {
        Path wheel = file("venv/lib/python3.12/site-packages/nvidia/nccl/lib/libnccl.so.2");
        Path base = file("opt/python/lib/python3.12/site-packages/nvidia/nccl/lib/libnccl.so.2");
        Path python = file("opt/python/bin/python3");
        assertTrue(python.toFile().setExecutable(true));
        Files.createDirectories(root.resolve("venv/bin"));
        Files.createSymbolicLink(root.resolve("venv/bin/python3"), python);
        String path = root.resolve("nothing") + File.pathSeparator + root.resolve("venv/bin");
        assertEquals(List.of(wheel, base.toRealPath()), search(Map.of("PATH", path)).found().stream().map(NcclLibraryTest::real).toList());
    }

    private static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void theLoadersOwnComesFirst() throws IOException {
        file("usr/local/cuda/lib64/libnccl.so.2");
        NcclLibrary library = NcclLibrary.open("", search(Map.of()), loading(22809, "libnccl.so.2"));
        assertEquals("NCCL 2.28.9 (libnccl.so.2)", library.toString());
        assertEquals(List.of("libnccl.so.2"), tried);
    }

    @Test
    void whatCanNotBeLoadedIsPassedOver() throws IOException {
        String broken = file("usr/local/cuda/lib64/libnccl.so.2").toString();
        String wheel = file("usr/local/lib/python3.12/site-packages/nvidia/nccl/lib/libnccl.so.2").toString();
        assertEquals(wheel, NcclLibrary.open("", search(Map.of()), loading(22809, wheel)).place());
        assertEquals(List.of("libnccl.so.2", broken, wheel), tried);
    }

    @Test
    void noneIsASentenceWithTheRemedy() {
        assertEquals("there is no NCCL here (libnccl.so.2 is neither on the library path nor in CUDA's toolkit nor in a Python's packages); install NVIDIA's"
                + " package libnccl2, or 'pip install nvidia-nccl-cu13', or name its file with MIXED_NCCL",
                assertThrows(NcclException.class, () -> NcclLibrary.open("", search(Map.of()), loading(22809))).getMessage());
    }

    @Test
    void theUsersChoiceIsTakenOrRefused() throws IOException {
        Path mine = file("mine/libnccl.so.2");
        assertEquals(mine.toString(), NcclLibrary.open(mine.getParent().toString(), search(Map.of()), loading(22809, mine.toString())).place());
        assertEquals("there is no NCCL at '" + root.resolve("x.so") + "', which -Dmixed.nccl or MIXED_NCCL names",
                assertThrows(NcclException.class, () -> NcclLibrary.open(root.resolve("x.so").toString(), search(Map.of()), loading(22809))).getMessage());
        assertEquals("NCCL at '" + mine + "' can't be loaded (Cannot open library: " + mine + ")",
                assertThrows(NcclException.class, () -> NcclLibrary.open(mine.toString(), search(Map.of()), loading(22809))).getMessage());
    }

    @Test
    void anOldOneIsRefused() {
        assertEquals("NCCL at 'libnccl.so.2' is 2.10.3, and miXed needs 2.13.0 or later; name another one with MIXED_NCCL",
                assertThrows(NcclException.class, () -> NcclLibrary.open("", search(Map.of()), loading(21003, "libnccl.so.2"))).getMessage());
    }

    @Test
    void anotherLibraryOfThatNameIsRefused() {
        Function<String, Nccl> other = place -> {
            throw new IllegalStateException("there is no ncclGetVersion");
        };
        assertEquals("NCCL at 'libnccl.so.2' is not as needed (there is no ncclGetVersion); name another one with MIXED_NCCL",
                assertThrows(NcclException.class, () -> NcclLibrary.open("", search(Map.of()), other)).getMessage());
    }
}
