using AllData.Peers;
using AllData.Storage.Directories;
using AllData.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Microsoft.Win32.SafeHandles;

namespace AllData.Tests.Unit.Storage;

public sealed class KeyLeaseTests : IDisposable
{
    private const int SlotLength = 512;
    private const long Lease = 1_767_614_400_000;

    // Seconds since 2026 began.
    private const int First = 388_800;

    private readonly StorageFolder _folder = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeMilliseconds(Lease));

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
        Assert.Equal((Lease, First + 1), (again.LeasedUntil, again.Incarnation));
        again.ExtendLease(Lease + 5_000);
        Assert.Equal((Lease + 5_000, First + 1), (again.LeasedUntil, again.Incarnation));
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
        Assert.Contains("started again", refusal.Message, StringComparison.Ordinal);
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

        DamageNewestSlot();
        using (var directory = Open())
        {
            Assert.Equal(First + 2, directory.Incarnation);
            Assert.NotNull(directory.LeaseDamage);
        }

        // Opening wrote once, not over the slot that was intact: tearing that write as well still leaves one.
        DamageNewestSlot();
        using var again = Open();
        Assert.Equal(First + 4, again.Incarnation);
        again.ExtendLease(Lease + 1_000_000);
        Assert.Equal(Lease + 1_000_000, NewestOnDisk());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-3_600_000)]
    [InlineData(3_600_000)]
    public void After_damage_to_the_newest_slot_keys_begin_above_every_lease_that_it_may_have_had(long clockMoves)
    {
        long leased;
        using (var directory = Open())
        {
            directory.ExtendLease(Lease + 5_000);

            // As far as the longest lease allows.
            leased = Lease + 4_000 + (long)LeaseRenewal.LongestLease.TotalMilliseconds;
            directory.ExtendLease(leased);
        }

        DamageNewestSlot();
        _time.AdjustTime(_time.GetUtcNow().AddMilliseconds(clockMoves));
        using var again = Open();
        Assert.InRange(again.LeasedUntil, leased + 1, leased + 3_600_000 + 120_000);
    }

    [Fact]
    public void After_damage_to_the_newest_slot_the_time_of_the_file_counts_where_the_clock_was_set_back()
    {
        using (var directory = Open())
        {
            directory.ExtendLease(Lease + 5_000);
        }

        DamageNewestSlot();
        File.SetLastWriteTimeUtc(LeasePath, DateTimeOffset.FromUnixTimeMilliseconds(Lease + 7_200_000).UtcDateTime);
        using var again = Open();
        Assert.True(again.LeasedUntil > Lease + 7_200_000 + LeaseRenewal.LongestLease.TotalMilliseconds, $"leased until {again.LeasedUntil}");
    }

    [Fact]
    public void A_directory_that_is_put_back_repeats_no_incarnation_although_the_clock_was_a_day_ahead_once()
    {
        const long Now = Lease;
        var ahead = LeaseRenewal.Next(Lease, 1, isNewestUnknown: false, Now + 86_400_000, Now).Incarnation;
        var first = LeaseRenewal.Next(Lease, ahead, isNewestUnknown: false, Now, Now + 86_400_000).Incarnation;
        var putBack = LeaseRenewal.Next(Lease, ahead, isNewestUnknown: false, Now + 20_000, Now + 86_400_000).Incarnation;
        Assert.InRange(first, ahead + 1, ahead + 65_536);
        Assert.InRange(putBack, ahead + 1, ahead + 65_536);
        Assert.NotEqual(first, putBack);
    }

    [Fact]
    public void An_incarnation_is_never_repeated_after_damage_to_the_slot_that_its_opening_wrote()
    {
        Open().Dispose();
        int used;
        using (var directory = Open())
        {
            used = directory.Incarnation;
        }

        // As long as the damage comes back: whichever slot is newest then.
        for (var starts = 0; starts < 3; starts++)
        {
            DamageNewestSlot();
            using var again = Open();
            Assert.True(again.Incarnation > used, $"incarnation {again.Incarnation} after {used}");
            used = again.Incarnation;
        }
    }

    [Fact]
    public void A_directory_that_was_put_back_from_a_backup_does_not_repeat_an_incarnation()
    {
        Open().Dispose();
        var backup = File.ReadAllBytes(LeasePath);
        var used = new HashSet<int>();
        for (var starts = 0; starts < 3; starts++)
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            using var directory = Open();
            used.Add(directory.Incarnation);
        }

        File.WriteAllBytes(LeasePath, backup);
        _time.Advance(TimeSpan.FromSeconds(10));
        using var again = Open();
        Assert.DoesNotContain(again.Incarnation, used);
    }

    [Fact]
    public void A_file_whose_both_slots_are_intact_or_that_is_new_is_not_called_damaged()
    {
        for (var starts = 1; starts <= 3; starts++)
        {
            using var directory = Open();
            Assert.Null(directory.LeaseDamage);
            Assert.Equal((First + starts - 1, 0), (directory.Incarnation, directory.LeasedUntil));
        }
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
        Assert.Contains("renew-directory", Assert.Throws<DataDirectoryException>(() => Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_lease_file_is_refused_with_the_way_out()
    {
        Open().Dispose();
        File.Delete(LeasePath);
        Assert.Contains("renew-directory", Assert.Throws<DataDirectoryException>(() => Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lease_file_of_another_directory_is_refused()
    {
        Open().Dispose();
        LeaseFile.Create(LeasePath, Guid.NewGuid());
        Assert.Contains("belongs to data directory", Assert.Throws<DataDirectoryException>(() => Open()).Message, StringComparison.Ordinal);
    }

    private DataDirectory Open() =>
        DataDirectory.Open(_folder.Path, PeerId.Parse("north-a"), _time, NullLogger<DataDirectory>.Instance);

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

    private void DamageNewestSlot()
    {
        Damage(NewestSlot());

        // As a write of then would have left it.
        File.SetLastWriteTimeUtc(LeasePath, _time.GetUtcNow().UtcDateTime);
    }

    // As a write that stopped half-way leaves it.
    private void Damage(int slot)
    {
        var bytes = File.ReadAllBytes(LeasePath);
        bytes.AsSpan((slot * SlotLength) + (SlotLength / 2), SlotLength / 2).Fill(0xEE);
        File.WriteAllBytes(LeasePath, bytes);
    }
}
