using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AllData.Tests.Support;

// The functions that SQLite calls. All but open, delete, write, truncate, sync and close go straight to the real file.
internal sealed unsafe partial class FaultyVfs
{
    private static readonly IoMethods* Methods = CreateMethods();

    private static IoMethods* CreateMethods()
    {
        var methods = (IoMethods*)NativeMemory.AllocZeroed((nuint)sizeof(IoMethods));
        *methods = new IoMethods
        {
            Version = 2,
            Close = &OnClose,
            Read = &OnRead,
            Write = &OnWrite,
            Truncate = &OnTruncate,
            Sync = &OnSync,
            FileSize = &OnFileSize,
            Lock = &OnLock,
            Unlock = &OnUnlock,
            CheckReservedLock = &OnCheckReservedLock,
            FileControl = &OnFileControl,
            SectorSize = &OnSectorSize,
            DeviceCharacteristics = &OnDeviceCharacteristics,
            ShmMap = &OnShmMap,
            ShmLock = &OnShmLock,
            ShmBarrier = &OnShmBarrier,
            ShmUnmap = &OnShmUnmap,
        };
        return methods;
    }

    private static NativeFile* Real(NativeFile* file) => file + 1;

    private static OpenFile StateOf(NativeFile* file) => (OpenFile)GCHandle.FromIntPtr(file->State).Target!;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnOpen(Vfs* vfs, byte* name, NativeFile* file, int flags, int* outFlags)
    {
        var self = (FaultyVfs)GCHandle.FromIntPtr(vfs->AppData).Target!;
        file->Methods = null;
        var path = name is null ? null : Marshal.PtrToStringUTF8((nint)name);
        var content = path is null ? null : self.Track(path);
        var result = self._real->Open(self._real, name, Real(file), flags, outFlags);
        if (result == 0)
        {
            file->Methods = Methods;
            file->State = GCHandle.ToIntPtr(GCHandle.Alloc(new OpenFile(self, path, content)));
        }

        return result;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnDelete(Vfs* vfs, byte* name, int syncDirectory)
    {
        var self = (FaultyVfs)GCHandle.FromIntPtr(vfs->AppData).Target!;
        var result = self._real->Delete(self._real, name, syncDirectory);
        if (result == 0)
        {
            self.Forget(Marshal.PtrToStringUTF8((nint)name)!);
        }

        return result;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnClose(NativeFile* file)
    {
        GCHandle.FromIntPtr(file->State).Free();
        return Real(file)->Methods->Close(Real(file));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnWrite(NativeFile* file, void* buffer, int amount, long offset)
    {
        var state = StateOf(file);
        if (state.Vfs.WriteFault is var fault and not 0)
        {
            return fault;
        }

        state.Vfs.Record(state.Content, new UnsyncedChange(offset, new ReadOnlySpan<byte>(buffer, amount).ToArray()));
        return Real(file)->Methods->Write(Real(file), buffer, amount, offset);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnTruncate(NativeFile* file, long size)
    {
        var state = StateOf(file);
        state.Vfs.Record(state.Content, new UnsyncedChange(size, Bytes: null));
        return Real(file)->Methods->Truncate(Real(file), size);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnSync(NativeFile* file, int flags)
    {
        var state = StateOf(file);
        if (state.Vfs.SyncFault is var fault and not 0 && (state.Path ?? "").EndsWith(state.Vfs.SyncFaultEnding, StringComparison.Ordinal))
        {
            return fault;
        }

        var changes = state.Vfs.CountUnsynced(state.Content);
        var result = Real(file)->Methods->Sync(Real(file), flags);
        if (result == 0)
        {
            state.Vfs.MakeDurable(state.Content, changes);
        }

        return result;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnRead(NativeFile* file, void* buffer, int amount, long offset)
    {
        Interlocked.Add(ref StateOf(file).Vfs._bytesRead, amount);
        return Real(file)->Methods->Read(Real(file), buffer, amount, offset);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnFileSize(NativeFile* file, long* size) => Real(file)->Methods->FileSize(Real(file), size);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnLock(NativeFile* file, int level) => Real(file)->Methods->Lock(Real(file), level);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnUnlock(NativeFile* file, int level) => Real(file)->Methods->Unlock(Real(file), level);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnCheckReservedLock(NativeFile* file, int* held) => Real(file)->Methods->CheckReservedLock(Real(file), held);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnFileControl(NativeFile* file, int operation, void* argument) =>
        Real(file)->Methods->FileControl(Real(file), operation, argument);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnSectorSize(NativeFile* file) => Real(file)->Methods->SectorSize(Real(file));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnDeviceCharacteristics(NativeFile* file) => Real(file)->Methods->DeviceCharacteristics(Real(file));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnShmMap(NativeFile* file, int region, int size, int extend, void** mapped) =>
        Real(file)->Methods->ShmMap(Real(file), region, size, extend, mapped);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnShmLock(NativeFile* file, int offset, int count, int flags) =>
        Real(file)->Methods->ShmLock(Real(file), offset, count, flags);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnShmBarrier(NativeFile* file) => Real(file)->Methods->ShmBarrier(Real(file));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnShmUnmap(NativeFile* file, int delete) => Real(file)->Methods->ShmUnmap(Real(file), delete);
}
