/** The platforms whose native path is in the package: there it must load, elsewhere there is none to test. */
const WITH_NATIVE: readonly string[] = ['linux-x64'];

/** Whether log files can be hashed natively on this platform. */
export const HAS_NATIVE: boolean = WITH_NATIVE.includes(`${process.platform}-${process.arch}`);
