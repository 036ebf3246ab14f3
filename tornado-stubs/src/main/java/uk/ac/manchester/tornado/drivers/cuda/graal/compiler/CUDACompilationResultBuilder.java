// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.drivers.cuda.graal.compiler;

import uk.ac.manchester.tornado.drivers.cuda.graal.asm.CUDAAssembler;

/** A kernel that is being written. In TornadoVM it is a CompilationResultBuilder of Graal's. */
public class CUDACompilationResultBuilder {
    CUDACompilationResultBuilder() {
    }

    public CUDAAssembler getAssembler() {
        throw new UnsupportedOperationException();
    }
}
