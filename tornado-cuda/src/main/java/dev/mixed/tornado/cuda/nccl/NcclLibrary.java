// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda.nccl;

import dev.mixed.tornado.cuda.LoadedLibraries;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** NCCL as it is on this machine: a library of the system, of CUDA's toolkit, of Conda, or of the wheel in a Python. */
public final class NcclLibrary {
    /** The property that names NCCL's library, or the folder that it is in. */
    public static final String PROPERTY = "mixed.nccl";
    /** The variable that does so where the property is not set. */
    public static final String VARIABLE = "MIXED_NCCL";
    /** The first release with all that is called here, and with what a rank that is gone needs: 2.13. */
    private static final int FIRST_VERSION = 21300;
    private static @Nullable NcclLibrary ofProcess;

    private final String place;
    private final Nccl calls;
    private final int version;

    private NcclLibrary(String place, Nccl calls) {
        this.place = place;
        this.calls = calls;
        version = calls.version();
    }

    /**
     * NCCL of this machine, found once.
     *
     * @throws NcclException if there is none that can be used: why, as a sentence without its end
     */
    public static synchronized NcclLibrary open() {
        if (ofProcess == null) {
            Map<String, String> environment = System.getenv();
            ofProcess = open(System.getProperty(PROPERTY, environment.getOrDefault(VARIABLE, "")), new NcclSearch(environment, Path.of("/")),
                    place -> new NativeNccl(lookup(place)));
        }
        return ofProcess;
    }

    @SuppressWarnings("restricted") // a native library is called on purpose
    private static SymbolLookup lookup(String place) {
        return place.contains("/") ? SymbolLookup.libraryLookup(Path.of(place), Arena.global()) : SymbolLookup.libraryLookup(place, Arena.global());
    }

    /**
     * @param named  what the user named, blank for nothing
     * @param search where to look otherwise
     * @param loader loads a file, or what the system's loader finds by its name; IllegalArgumentException where there is none, or it can't be loaded
     */
    static NcclLibrary open(String named, NcclSearch search, Function<String, Nccl> loader) {
        if (!named.isBlank()) {
            Path path = Path.of(named.strip());
            Path file = Files.isDirectory(path) ? path.resolve(NcclSearch.FILE) : path;
            if (!Files.isRegularFile(file)) {
                throw new NcclException("there is no NCCL at '" + file + "', which -D" + PROPERTY + " or " + VARIABLE + " names");
            }
            return checked(file.toAbsolutePath().toString(), loader);
        }
        // The loader's own first: it is the one that other programs of this machine use.
        for (String place : Stream.concat(Stream.of(NcclSearch.FILE), search.found().stream().map(Path::toString)).toList()) {
            try {
                return checked(place, loader);
            } catch (NcclException e) {
                if (!(e.getCause() instanceof IllegalArgumentException)) {
                    throw e;
                }
            }
        }
        throw new NcclException(
                "there is no NCCL here (" + NcclSearch.FILE + " is neither on the library path nor in CUDA's toolkit nor in a Python's packages);"
                        + " install NVIDIA's package libnccl2, or 'pip install nvidia-nccl-cu13', or name its file with " + VARIABLE);
    }

    private static NcclLibrary checked(String place, Function<String, Nccl> loader) {
        NcclLibrary library;
        try {
            library = new NcclLibrary(place, loader.apply(place));
        } catch (IllegalArgumentException e) {
            throw new NcclException("NCCL at '" + place + "' can't be loaded (" + e.getMessage() + ")", e);
        } catch (IllegalStateException e) {
            throw new NcclException("NCCL at '" + place + "' is not as needed (" + e.getMessage() + "); name another one with " + VARIABLE, e);
        }
        if (library.version < FIRST_VERSION) {
            throw new NcclException(
                    "NCCL at '" + place + "' is " + library.versionText() + ", and miXed needs " + text(FIRST_VERSION) + " or later; name another"
                            + " one with " + VARIABLE);
        }
        return library;
    }

    /** A new id, which one rank makes and gives to all others: bytes. */
    public byte[] uniqueId() {
        return calls.uniqueId();
    }

    /** For example 2.28.9. */
    public String versionText() {
        return text(version);
    }

    private static String text(int version) {
        return version / 10000 + "." + version % 10000 / 100 + "." + version % 100;
    }

    /** The file; where the system does not say, the name by which its loader has found it. */
    public String place() {
        return place.contains("/") ? place : LoadedLibraries.file("/" + place).map(Path::toString).orElse(place);
    }

    Nccl calls() {
        return calls;
    }

    @Override
    public String toString() {
        return "NCCL " + versionText() + " (" + place() + ")";
    }
}
