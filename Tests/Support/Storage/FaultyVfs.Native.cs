using System.Runtime.InteropServices;

namespace AllData.Tests.Support;

// The structures of sqlite3.h: sqlite3_vfs (version 2) and sqlite3_io_methods (version 2, without memory mapping).
internal sealed unsafe partial class FaultyVfs
{
    private const string Library = "e_sqlite3";

    [StructLayout(LayoutKind.Sequential)]
    private struct Vfs
    {
        public int Version;
        public int FileSize;
        public int MaxPath;
        public Vfs* Next;
        public byte* Name;
        public nint AppData;
        public delegate* unmanaged[Cdecl]<Vfs*, byte*, NativeFile*, int, int*, int> Open;
        public delegate* unmanaged[Cdecl]<Vfs*, byte*, int, int> Delete;
        public nint Access;
        public nint FullPathname;
        public nint DlOpen;
        public nint DlError;
        public nint DlSym;
        public nint DlClose;
        public nint Randomness;
        public nint Sleep;
        public nint CurrentTime;
        public nint GetLastError;
        public nint CurrentTimeInt64;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct IoMethods
    {
        public int Version;
        public delegate* unmanaged[Cdecl]<NativeFile*, int> Close;
        public delegate* unmanaged[Cdecl]<NativeFile*, void*, int, long, int> Read;
        public delegate* unmanaged[Cdecl]<NativeFile*, void*, int, long, int> Write;
        public delegate* unmanaged[Cdecl]<NativeFile*, long, int> Truncate;
        public delegate* unmanaged[Cdecl]<NativeFile*, int, int> Sync;
        public delegate* unmanaged[Cdecl]<NativeFile*, long*, int> FileSize;
        public delegate* unmanaged[Cdecl]<NativeFile*, int, int> Lock;
        public delegate* unmanaged[Cdecl]<NativeFile*, int, int> Unlock;
        public delegate* unmanaged[Cdecl]<NativeFile*, int*, int> CheckReservedLock;
        public delegate* unmanaged[Cdecl]<NativeFile*, int, void*, int> FileControl;
        public delegate* unmanaged[Cdecl]<NativeFile*, int> SectorSize;
        public delegate* unmanaged[Cdecl]<NativeFile*, int> DeviceCharacteristics;
        public delegate* unmanaged[Cdecl]<NativeFile*, int, int, int, void**, int> ShmMap;
        public delegate* unmanaged[Cdecl]<NativeFile*, int, int, int, int> ShmLock;
        public delegate* unmanaged[Cdecl]<NativeFile*, void> ShmBarrier;
        public delegate* unmanaged[Cdecl]<NativeFile*, int, int> ShmUnmap;
    }

    // Ours begins a file that SQLite allocates; the real one follows it in the same allocation.
    [StructLayout(LayoutKind.Sequential)]
    private struct NativeFile
    {
        public IoMethods* Methods;
        public nint State;
    }

    [DllImport(Library, EntryPoint = "sqlite3_vfs_find")]
    private static extern Vfs* FindVfs(byte* name);

    [DllImport(Library, EntryPoint = "sqlite3_vfs_register")]
    private static extern int RegisterVfs(Vfs* vfs, int makeDefault);

    [DllImport(Library, EntryPoint = "sqlite3_vfs_unregister")]
    private static extern int UnregisterVfs(Vfs* vfs);
}
