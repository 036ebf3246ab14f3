// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.drivers.cuda.graal.asm;

import jdk.vm.ci.meta.Value;
import uk.ac.manchester.tornado.drivers.cuda.graal.compiler.CUDACompilationResultBuilder;

/** Writes CUDA C. */
public final class CUDAAssembler {
    private CUDAAssembler() {
    }

    public void indent() {
        throw new UnsupportedOperationException();
    }

    public void emitSymbol(String text) {
        throw new UnsupportedOperationException();
    }

    public void delimiter() {
        throw new UnsupportedOperationException();
    }

    public void eol() {
        throw new UnsupportedOperationException();
    }

    public String getStringValue(CUDACompilationResultBuilder builder, Value value) {
        throw new UnsupportedOperationException();
    }
}
