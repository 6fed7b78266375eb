using AllData.Certificates;
using AllData.Protocol.Certificates;
using AllData.Storage.Certificates;
using AllData.Storage.Directories;
using AllData.Tests.Support;
using AllData.Tests.Unit.Certificates;

namespace AllData.Tests.Unit.Sealing;

/// <summary>The certificate log in a data directory: what a crash leaves at each step, and what damage does.</summary>
public sealed class StoredCertificateLogTests : IDisposable
{
    private static readonly Guid Directory = Guid.NewGuid();
    private static readonly SigningMemory Sure = SigningMemory.New.Sure(0, [], isFirst: true, static _ => default);

    private readonly TemporaryDirectory _folder = new();

    private string Folder => Path.Combine(_folder.Path, StoredCertificateLog.Folder);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Entries_and_their_head_are_there_again()
    {
        var (texts, _) = CertificateSample.Log(5);
        using (var log = Open())
        {
            Assert.Equal((0, null, null), (log.Log.Size, log.Head, log.Damage));
            log.Append(texts[..2], HeadOf(2));
            log.Append([texts[2]], HeadOf(3));
            log.Append(texts[3..], HeadOf(5));
        }

        using var again = Open();
        Assert.Null(again.Damage);
        Assert.Equal(HeadOf(5).Head, again.Head!.Head);
        Assert.Equal((HeadOf(5).Head, 5L), (again.Log.Head, again.Memory.Floor));
        Assert.Equal(texts, Enumerable.Range(0, 5).Select(again.Read));
        Assert.Equal(4, again.Log.Sealed.Values.Max(static s => s.Index));
    }

    [Fact]
    public void Whether_it_can_be_written_is_seen_by_writing_and_nothing_is_left_of_that()
    {
        using var log = Open();
        var before = System.IO.Directory.GetFileSystemEntries(Folder).Order();
        log.TryWriting();
        Assert.Equal(before, System.IO.Directory.GetFileSystemEntries(Folder).Order());

        // A directory in the place of the file: it cannot be written.
        System.IO.Directory.CreateDirectory(Path.Combine(Folder, DurableFiles.TemporaryOf(StoredCertificateLog.AttemptName)));
        Assert.Throws<UnauthorizedAccessException>(log.TryWriting);
    }

    [Fact]
    public void Entries_that_are_not_those_of_the_head_leave_nothing_behind()
    {
        var (texts, _) = CertificateSample.Log(4);
        using var log = Open();
        log.Append(texts[..2], HeadOf(2));
        Assert.Throws<CertificateFormatException>(() => log.Append([texts[3]], HeadOf(3)));
        Assert.Throws<CertificateFormatException>(() => log.Append([texts[2]], HeadOf(4)));
        Assert.Throws<CertificateFormatException>(() => log.Append([], HeadOf(1)));
        log.Append([texts[2]], HeadOf(3));
        Assert.Equal(3, log.Log.Size);
    }

    [Theory]
    [InlineData((int)CertificateFileStep.EntriesWritten, 2)]
    [InlineData((int)CertificateFileStep.EntriesFlushed, 2)]
    [InlineData((int)CertificateFileStep.HeadWritten, 4)]
    public void A_crash_at_any_step_leaves_the_log_before_or_after_and_it_goes_on(int step, int size)
    {
        var (texts, _) = CertificateSample.Log(5);
        using (var log = Open())
        {
            log.Append(texts[..2], HeadOf(2));
        }

        using (var crashing = Open((CertificateFileStep)step))
        {
            Assert.Throws<CrashException>(() => crashing.Append(texts[2..4], HeadOf(4)));

            // What the disk has is not known any more.
            Assert.Throws<IOException>(() => crashing.Append(texts[2..4], HeadOf(4)));
            Assert.Throws<IOException>(() => crashing.Remember(Sure));
        }

        using var again = Open();
        Assert.Equal((null, size, size), (again.Damage, again.Log.Size, (int)again.Head!.Head.Size));
        again.Append(texts[size..], HeadOf(5));
        Assert.Equal(texts, Enumerable.Range(0, 5).Select(again.Read));
    }

    [Fact]
    public void A_torn_entry_behind_the_head_is_cut_off_at_whatever_byte()
    {
        var (texts, _) = CertificateSample.Log(3);
        using (var log = Open())
        {
            log.Append(texts[..2], HeadOf(2));
        }

        var path = Path.Combine(Folder, StoredCertificateLog.EntriesName);
        var whole = File.ReadAllBytes(path);
        using (var log = Open())
        {
            log.Append([texts[2]], HeadOf(3));
        }

        var longer = File.ReadAllBytes(path);
        var head = HeadOf(2).ToString();
        for (var cut = whole.Length; cut <= longer.Length; cut += 7)
        {
            File.WriteAllBytes(path, longer[..cut]);
            File.WriteAllText(Path.Combine(Folder, StoredCertificateLog.HeadName), head);
            using (var again = Open())
            {
                Assert.Equal((null, 2), (again.Damage, again.Log.Size));
            }

            Assert.Equal(whole, File.ReadAllBytes(path));
        }
    }

    [Fact]
    public void A_changed_removed_or_exchanged_entry_sets_the_log_aside_and_what_was_signed_stays_known()
    {
        var (texts, _) = CertificateSample.Log(3);
        foreach (var spoil in new Action<string>[]
        {
            path => Flip(path, 100),
            path => File.WriteAllBytes(path, File.ReadAllBytes(path)[..^9]),
            path => File.WriteAllText(Path.Combine(Path.GetDirectoryName(path)!, StoredCertificateLog.HeadName), "nothing"),
            path => File.WriteAllText(Path.Combine(Path.GetDirectoryName(path)!, StoredCertificateLog.HeadName), HeadOf(4).ToString()),
        })
        {
            using (var log = Open())
            {
                log.Append(texts[log.Log.Size..], HeadOf(3));
                log.Remember(log.Memory.With(new SignedHead(4, TreeHash.Of([4]), "x")));
            }

            spoil(Path.Combine(Folder, StoredCertificateLog.EntriesName));
            using var again = Open();
            Assert.NotNull(again.Damage);
            Assert.Equal((0, null), (again.Log.Size, again.Head));
            Assert.True(again.Memory is { IsSure: false, Signed: [{ Size: 4 }], Floor: >= 3 }, $"{again.Memory}");
            Assert.NotEmpty(System.IO.Directory.GetFiles(Folder, "*.damaged-*"));
        }
    }

    [Fact]
    public void A_file_of_another_format_is_left_as_it_is()
    {
        Open().Dispose();
        var path = Path.Combine(Folder, StoredCertificateLog.EntriesName);
        Flip(path, 7);
        var before = File.ReadAllBytes(path);
        Assert.Throws<FormatException>(() => Open());
        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Fact]
    public void The_log_of_another_cluster_is_left_as_it_is()
    {
        var (texts, _) = CertificateSample.Log(2);
        using (var log = Open())
        {
            log.Append(texts, HeadOf(2));
        }

        var other = CertificateLog.OriginOf(Guid.NewGuid());
        var refused = Assert.Throws<FormatException>(() => StoredCertificateLog.Open(_folder.Path, Directory, other, CertificateFileSeams.None));
        Assert.Contains($"is the log {CertificateSample.Origin}, and that of this cluster is {other}", refused.Message, StringComparison.Ordinal);
        using var again = Open();
        Assert.Equal((2, null), (again.Log.Size, again.Damage));
    }

    [Fact]
    public void What_is_signed_is_durable_before_a_signature_can_leave()
    {
        var head = new SignedHead(1, TreeHash.Of([1]), "text");
        using (var before = Open(CertificateFileStep.BeforeMemory))
        {
            Assert.Throws<CrashException>(() => before.Remember(Sure.With(head)));
        }

        using (var after = Open(CertificateFileStep.MemoryWritten))
        {
            Assert.Equal((false, 0), (after.Memory.IsSure, after.Memory.Signed.Length));
            Assert.Throws<CrashException>(() => after.Remember(Sure.With(head).With(new RefusedHead(1, TreeHash.Of([2])))));
        }

        using var again = Open();
        Assert.Equal([head], again.Memory.Signed.AsEnumerable());
        Assert.Equal([new RefusedHead(1, TreeHash.Of([2]))], again.Memory.Refused.AsEnumerable());
        Assert.Equal(again.Memory.Refused.AsEnumerable(), again.Memory.Promised);

        // It may have been put back from a backup since.
        Assert.Equal((false, false), (again.Memory.IsSure, again.Memory.IsNew));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"formatVersion":1}""")]
    [InlineData("""{"formatVersion":1,"floor":3,"signed":[null],"refused":[]}""")]
    [InlineData("""{"formatVersion":2}""")]
    public void A_memory_that_cannot_be_read_is_not_sure(string content)
    {
        using (var log = Open())
        {
            log.Remember(Sure);
        }

        File.WriteAllText(Path.Combine(Folder, StoredCertificateLog.SignedName), content);
        using var again = Open();
        Assert.Equal((false, false), (again.Memory.IsSure, again.Memory.IsNew));
        Assert.Contains(StoredCertificateLog.SignedName, again.Damage, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_with_a_new_identity_is_not_sure_and_may_have_signed_what_the_former_one_signed()
    {
        using (var log = Open())
        {
            log.Remember(Sure.With(new SignedHead(4, TreeHash.Of([4]), "x")));
        }

        using var renewed = StoredCertificateLog.Open(_folder.Path, Guid.NewGuid(), CertificateSample.Origin, CertificateFileSeams.None);
        Assert.Equal((false, false, 0), (renewed.Memory.IsSure, renewed.Memory.IsNew, renewed.Memory.Signed.Length));
        Assert.Equal((4L, "x", true), (renewed.Memory.Heard[0].Size, renewed.Memory.Heard[0].Text, renewed.Memory.MayHaveSignedHeard));
    }

    [Fact]
    public void An_entry_that_was_changed_under_an_open_log_is_not_given()
    {
        var (texts, _) = CertificateSample.Log(2);
        using var log = Open();
        log.Append(texts, HeadOf(2));
        Flip(Path.Combine(Folder, StoredCertificateLog.EntriesName), 100);
        Assert.Throws<IOException>(() => log.Read(0));
        Assert.Equal(texts[1], log.Read(1));
    }

    private static SignedCheckpoint HeadOf(int size) => CertificateSample.Sign(CertificateSample.Log(size).Log.Head, 1, 2);

    private static void Flip(string path, int at)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Position = at;
        var old = file.ReadByte();
        file.Position = at;
        file.WriteByte((byte)(old ^ 1));
    }

    private StoredCertificateLog Open(CertificateFileStep? crashAt = null) => StoredCertificateLog.Open(
        _folder.Path, Directory, CertificateSample.Origin, new CertificateFileSeams(step =>
        {
            if (step == crashAt)
            {
                throw new CrashException();
            }
        }));

    private sealed class CrashException : Exception;
}
