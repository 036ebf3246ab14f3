# SPDX-License-Identifier: Apache-2.0
# Finds a JDK and a TornadoVM SDK, and the flags that start Java with both. ./mixed and tornado-env/run read it; it is not run by itself.
# The flags of TornadoVM 5.2.0-jdk25 are what its launcher, bin/tornado, passes; an SDK carries them as an argument file.

needed=25
# Kernels on the JVM use the Vector API; the tokenizer and the search for the driver call native libraries.
java_flags='--add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED -Djava.awt.headless=true'

# --- the JDK -----------------------------------------------------------------------------------------------------------------

# A JDK, not a JRE, of the needed version or newer; of that very version where only_jdk is set. Reads the file "release", which every JDK
# has: that starts no JVM.
is_jdk() {
    [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
    major=$(sed -n 's/^JAVA_VERSION="\([0-9][0-9]*\).*/\1/p' "$1/release")
    [ -n "$major" ] && [ "$major" -ge "$needed" ] && [ "$major" = "${only_jdk:-$major}" ]
}

jdk_in() {
    for candidate in "$1"/* "$1"/*/Contents/Home; do
        if is_jdk "$candidate"; then
            jdk=$candidate
            return 0
        fi
    done
    return 1
}

# Sets jdk.
find_jdk() {
    jdk=${JAVA_HOME:-}
    [ -n "$jdk" ] && is_jdk "$jdk" && return 0
    dirs=${MIXED_JDK_DIRS-/usr/lib/jvm:${HOME:-}/.sdkman/candidates/java:${HOME:-}/.jdks:/Library/Java/JavaVirtualMachines:${HOME:-}/Library/Java/JavaVirtualMachines:/usr/java:/opt/java}
    while [ -n "$dirs" ]; do
        dir=${dirs%%:*}
        case $dirs in *:*) dirs=${dirs#*:} ;; *) dirs= ;; esac
        [ -n "$dir" ] && jdk_in "$dir" && return 0
    done
    # The java on the PATH may be a link or a wrapper: it knows best where its home is.
    command -v java >/dev/null 2>&1 || return 1
    jdk=$(java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p')
    [ -n "$jdk" ] && is_jdk "$jdk"
}

# --- TornadoVM ---------------------------------------------------------------------------------------------------------------

is_sdk() {
    for jar in "$1"/share/java/tornado/tornado-api-*.jar; do
        [ -f "$jar" ] && return 0
    done
    return 1
}

# Sets sdk, or leaves it empty; then sdk_problem says what is wrong with an SDK that was named.
find_sdk() {
    sdk=
    sdk_problem=
    if [ -n "${TORNADOVM_HOME:-}" ]; then
        if is_sdk "$TORNADOVM_HOME"; then
            sdk=$(CDPATH='' cd "$TORNADOVM_HOME" && pwd)
        else
            sdk_problem="TORNADOVM_HOME is '$TORNADOVM_HOME', which holds no TornadoVM SDK (share/java/tornado/tornado-api-*.jar); set it to one, or install one with tornado-env/setup"
        fi
    elif launcher=$(command -v tornado 2>/dev/null); then
        launcher=$(readlink -f "$launcher")
        sdk=$(dirname "$(dirname "$launcher")")
        if ! is_sdk "$sdk"; then
            sdk=
            sdk_problem="the 'tornado' on the PATH ($launcher) lies in no TornadoVM SDK; set TORNADOVM_HOME to one, or install one with tornado-env/setup"
        fi
    fi
}

# The flags that bin/tornado passes, one a line. It names argument files among them: their lines are written out, since Java reads no file that an
# argument file names.
printed_flags() {
    JAVA_HOME=$jdk TORNADOVM_HOME=$sdk "$sdk/bin/tornado" --printJavaFlags 2>/dev/null | grep -e '-Dtornado.load' | tr -s ' ' '\n' | sed 1d |
        while read -r flag; do
            case $flag in
                @*) grep -v '^#' "${flag#@}" ;;
                *) printf '%s\n' "$flag" ;;
            esac
        done
}

# Writes TornadoVM's flags for this JDK and SDK into the file $1, which a later start takes as it is. Fails with sdk_problem.
tornado_args() {
    flags=$sdk/tornado-argfile
    # The SDK's own file names its folder: one that was moved since, or never started, has the template alone.
    grep -qF "$sdk/share/java/tornado" "$flags" 2>/dev/null || [ ! -r "$flags.template" ] || flags=$flags.template
    [ -r "$flags" ] || flags=$sdk/bin/tornado
    key="# 3 $jdk $sdk"
    [ -r "$1" ] && [ "$(head -n 1 "$1")" = "$key" ] && [ -z "$(find "$flags" -newer "$1" 2>/dev/null)" ] && return 0

    # In an argument file, a path with a space needs quotes.
    path=$(printf '%s' "\"$sdk\"" | sed 's/[\\&|]/\\&/g')
    # "." on the module path would make modules of the jars in whatever folder the user works in.
    rules='s/^--module-path \.:/--module-path /'
    # GraalVM brings the compiler that the SDK adds to other JDKs.
    ! grep -q '^GRAALVM_VERSION=' "$jdk/release" || rules="$rules;/^--upgrade-module-path/d"
    {
        printf '%s\n' "$key"
        case $flags in
            */bin/tornado) printed_flags | sed -e '/^--module-path$/{n;s/^\.://;}' ;;
            *.template) sed -e 's/"//g' -e "s|[\$]{TORNADOVM_HOME}|$path|g" -e "$rules" "$flags" ;;
            *) sed -e "$rules" "$flags" ;;
        esac
        printf '\n'
    } 2>/dev/null >"$1.$$" || { rm -f "$1.$$"; sdk_problem="cannot write $1"; return 1; }

    # Backends that the SDK's file leaves out here would make Java warn of their native libraries.
    backends=$(grep -e 'tornado\.drivers\.common' "$1.$$" | grep -e '^--add-modules' -e '^ALL-SYSTEM' | tr ',' '\n' | sed -n '/^tornado\.drivers\.common/!s/^\(tornado\.drivers\.[a-z]*\).*/--enable-native-access=\1/p')
    printf '%s\n' "$backends" >>"$1.$$"
    # miXed keeps compiled kernels in this backend's own tables (module tornado-cuda).
    case $backends in
        *=tornado.drivers.cuda*)
            printf '%s\n' --add-opens=tornado.drivers.cuda/uk.ac.manchester.tornado.drivers.cuda=ALL-UNNAMED >>"$1.$$"
            # Its intrinsics are nodes and instructions of TornadoVM's compiler.
            for package in core.common core.common.type graph nodeinfo nodes nodes.graphbuilderconf nodes.spi lir lir.asm lir.gen phases.util; do
                printf '%s\n' "--add-exports=jdk.graal.compiler/jdk.graal.compiler.$package=ALL-UNNAMED" >>"$1.$$"
            done
            printf '%s\n' --add-opens=jdk.graal.compiler/jdk.graal.compiler.graph=ALL-UNNAMED \
                --add-exports=jdk.internal.vm.ci/jdk.vm.ci.meta=ALL-UNNAMED --add-exports=jdk.internal.vm.ci/jdk.vm.ci.code=ALL-UNNAMED \
                --add-exports=tornado.drivers.cuda/uk.ac.manchester.tornado.drivers.cuda.graal.asm=ALL-UNNAMED >>"$1.$$"
            ;;
    esac

    if ! grep -q -e '-Dtornado.load.runtime' "$1.$$"; then
        sdk_problem="the TornadoVM SDK in $sdk has no tornado-argfile, and its launcher prints no flags; install one with tornado-env/setup"
    elif ! said=$("$jdk/bin/java" "@$1.$$" -version 2>&1); then
        sdk_problem="the JDK in $jdk does not start with the TornadoVM SDK in $sdk ($(printf '%s\n' "$said" | grep -v -i '^warning' | head -n 2 | tr -s '\n\r\t ' ' ' | sed 's/ $//'))"
    else
        mv "$1.$$" "$1"
        return 0
    fi
    rm -f "$1.$$"
    return 1
}

# The linker rarely looks into the CUDA toolkit's folder, which has NVRTC, the compiler of the backend "cuda".
add_cuda_libraries() {
    for toolkit in "${CUDA_PATH:-}" "${CUDA_HOME:-}" /usr/local/cuda; do
        if [ -n "$toolkit" ] && [ -d "$toolkit/lib64" ]; then
            LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$toolkit/lib64
            export LD_LIBRARY_PATH
            return
        fi
    done
}
