using AllData.Peers;
using AllData.Storage;
using AllData.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;

namespace AllData.Tests.Unit.Storage;

public sealed class KeyLeaseTests : IDisposable
{
    private const int SlotLength = 512;
    private const long Lease = 1_767_614_400_000;

    private readonly StorageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string LeasePath => Path.Combine(_folder.Path, "keys.lease");

    [Fact]
    public void A_lease_survives_and_is_never_lowered()
    {
        using (var directory = Open())
        {
            directory.ExtendLease(Lease);
            directory.ExtendLease(Lease - 1);
            Assert.Equal(Lease, directory.LeasedUntil);
        }

        using var again = Open();
        Assert.Equal((Lease, 2), (again.LeasedUntil, again.Incarnation));
        again.ExtendLease(Lease + 5_000);
        Assert.Equal((Lease + 5_000, 2), (again.LeasedUntil, again.Incarnation));
    }

    [Fact]
    public void A_lease_counts_only_after_its_flush()
    {
        Open().Dispose();
        var events = new List<string>();
        LeaseFile? lease = null;
        void Flush(SafeFileHandle file) => events.Add($"flush, file says {NewestOnDisk()}, we say {lease!.Current.LeasedUntil}");

        using (lease = LeaseFile.Open(LeasePath, Flush))
        {
            lease.Write(Lease, incarnation: 1);
            events.Add($"returned, we say {lease.Current.LeasedUntil}");
        }

        Assert.Equal([$"flush, file says {Lease}, we say 0", $"returned, we say {Lease}"], events);
    }

    [Fact]
    public void After_a_failed_flush_no_lease_is_given_any_more()
    {
        Open().Dispose();
        var fails = true;
        using var lease = LeaseFile.Open(LeasePath, _ => Assert.False(fails && Fail()));
        Assert.Throws<DataDirectoryException>(() => lease.Write(Lease, incarnation: 1));
        fails = false;
        var refusal = Assert.Throws<DataDirectoryException>(() => lease.Write(Lease, incarnation: 1));
        Assert.Contains("started anew", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0, lease.Current.LeasedUntil);

        static bool Fail() => throw new IOException("The flush failed.");
    }

    [Fact]
    public void A_torn_write_falls_back_to_the_slot_before_and_writing_goes_on()
    {
        using (var directory = Open())
        {
            directory.ExtendLease(Lease);
            directory.ExtendLease(Lease + 1_000);
        }

        Damage(NewestSlot());
        using (var directory = Open())
        {
            Assert.Equal((Lease, 2), (directory.LeasedUntil, directory.Incarnation));
        }

        // Opening wrote once, not over the slot that was intact: tearing that write as well still leaves one.
        Damage(NewestSlot());
        using var again = Open();
        Assert.Equal(Lease, again.LeasedUntil);
        again.ExtendLease(Lease + 2_000);
        Assert.Equal(Lease + 2_000, NewestOnDisk());
    }

    [Fact]
    public void Every_single_damaged_byte_of_the_newest_slot_is_noticed()
    {
        using (var directory = Open())
        {
            directory.ExtendLease(Lease);
        }

        var intact = File.ReadAllBytes(LeasePath);
        var slot = NewestSlot();
        for (var i = 0; i < SlotLength; i++)
        {
            var damaged = (byte[])intact.Clone();
            damaged[(slot * SlotLength) + i] ^= 0x10;
            File.WriteAllBytes(LeasePath, damaged);
            using var lease = LeaseFile.Open(LeasePath, _ => { });
            Assert.Equal(0, lease.Current.LeasedUntil);
        }
    }

    [Fact]
    public void Damage_in_both_slots_is_refused_with_the_way_out()
    {
        Open().Dispose();
        Damage(0);
        Damage(1);
        Assert.Contains("new data directory", Assert.Throws<DataDirectoryException>(() => Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_lease_file_is_refused_with_the_way_out()
    {
        Open().Dispose();
        File.Delete(LeasePath);
        Assert.Contains("new data directory", Assert.Throws<DataDirectoryException>(() => Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lease_file_of_another_directory_is_refused()
    {
        Open().Dispose();
        LeaseFile.Create(LeasePath, Guid.NewGuid());
        Assert.Contains("belongs to data directory", Assert.Throws<DataDirectoryException>(() => Open()).Message, StringComparison.Ordinal);
    }

    private DataDirectory Open() =>
        DataDirectory.Open(_folder.Path, PeerId.Parse("north-a"), TimeProvider.System, NullLogger<DataDirectory>.Instance);

    private long NewestOnDisk()
    {
        using var lease = LeaseFile.Open(CopyOfLease(), _ => { });
        return lease.Current.LeasedUntil;
    }

    private string CopyOfLease()
    {
        var copy = LeasePath + ".copy";
        File.Copy(LeasePath, copy, overwrite: true);
        return copy;
    }

    private int NewestSlot()
    {
        var bytes = File.ReadAllBytes(LeasePath);
        return BitConverter.ToInt64(bytes, 8) > BitConverter.ToInt64(bytes, SlotLength + 8) ? 0 : 1;
    }

    // As a write that stopped half-way leaves it.
    private void Damage(int slot)
    {
        var bytes = File.ReadAllBytes(LeasePath);
        bytes.AsSpan((slot * SlotLength) + (SlotLength / 2), SlotLength / 2).Fill(0xEE);
        File.WriteAllBytes(LeasePath, bytes);
    }
}
