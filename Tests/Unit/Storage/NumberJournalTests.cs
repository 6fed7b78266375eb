using AllData.Events;
using AllData.Peers;
using AllData.Protocol.Numbers;
using AllData.Replication;
using AllData.Storage.Directories;
using AllData.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Storage;

/// <summary>The file in which a data directory keeps what is known of the numbers of its blocks.</summary>
public sealed class NumberJournalTests : IDisposable
{
    private static readonly Guid Directory = new("7e57b10c-0000-4000-8000-000000000002");
    private static readonly UnixMinute Minute = new(29_460_240);

    private readonly StorageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string FilePath => Path.Combine(_folder.Path, "numbers.journal");

    [Fact]
    public void Its_bytes_are_those_of_the_documentation()
    {
        using (var journal = Open(1))
        {
            journal.Write([Abandoned(1, 3, 5), Settled(1, 9, 7), new IncarnationEnded(1)]);
        }

        var written = Convert.ToHexStringLower(File.ReadAllBytes(FilePath)).TrimEnd('0');
        Assert.Contains($"```journal\n{written}\n```", File.ReadAllText(Path.Combine(Repository.Root, "docs", "block-format.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_noted_is_there_after_every_opening()
    {
        for (var incarnation = 1; incarnation <= 4; incarnation++)
        {
            using var journal = Open(incarnation);
            journal.Write([Settled(incarnation, incarnation)]);
            journal.Write([Abandoned(incarnation, 0), Settled(incarnation, 10 + incarnation)]);
        }

        using var last = Open(5);
        Assert.Equal(
            Enumerable.Range(1, 4).SelectMany(static i => new NumberRecord[] { new IncarnationBegan(i), Abandoned(i, 0), Settled(i, 10 + i) })
                .Append(new IncarnationBegan(5)),
            last.Read());
    }

    [Fact]
    public void A_record_counts_only_after_its_flush()
    {
        var flushed = new List<int>();
        using var journal = NumberJournal.Open(FilePath, Directory, 1, _ => flushed.Add(NumberJournal.Read(FilePath, Directory).Count));
        journal.Write([Settled(1, 1)]);

        // The first file is not there before its flush.
        Assert.Equal([0, 2], flushed);
    }

    [Fact]
    public void A_file_that_ends_anywhere_says_what_its_whole_records_say()
    {
        var ends = new List<long>();
        using (var journal = Open(1))
        {
            for (var i = 1; i <= 3; i++)
            {
                ends.Add(LengthOf());
                journal.Write([Abandoned(1, i), Settled(1, i + 1)]);
            }
        }

        var whole = File.ReadAllBytes(FilePath);
        var content = LengthOf();
        for (var cut = (int)ends[0]; cut < content; cut++)
        {
            var torn = whole.ToArray();
            torn.AsSpan(cut).Clear();
            File.WriteAllBytes(FilePath, torn);
            var records = NumberJournal.Read(FilePath, Directory);
            Assert.InRange(records.Count, 1, 7);
            Assert.Equal(NumbersUpTo(cut, ends), records.OfType<NumbersSettled>().Select(static r => r.Settled).DefaultIfEmpty().Max());
        }

        File.WriteAllBytes(FilePath, whole[..(int)ends[1]]);
        using (var again = Open(2))
        {
            again.Write([Settled(2, 8)]);
        }

        Assert.Equal([2L, 8L], NumberJournal.Read(FilePath, Directory).OfType<NumbersSettled>().Select(static r => r.Settled));

        static long NumbersUpTo(int cut, List<long> ends) => ends.Skip(1).Count(end => end <= cut) is var count and > 0 ? count + 1 : 0;
    }

    [Fact]
    public void After_a_write_that_failed_the_next_one_begins_a_new_file_with_all_that_was_noted()
    {
        var fails = false;
        using var journal = NumberJournal.Open(FilePath, Directory, 1, file =>
        {
            if (fails)
            {
                throw new IOException("The flush failed.");
            }

            RandomAccess.FlushToDisk(file);
        });
        journal.Write([Settled(1, 1)]);
        var before = File.GetLastWriteTimeUtc(FilePath);
        fails = true;
        Assert.Contains("Puts go on", Assert.Throws<DataDirectoryException>(() => journal.Write([Abandoned(1, 1), Settled(1, 2)])).Message);
        Assert.Throws<DataDirectoryException>(() => journal.Write([Settled(1, 3)]));
        fails = false;
        journal.Write([Settled(1, 4)]);

        Assert.Equal(4, Assert.Single(journal.Read().OfType<NumbersSettled>()).Settled);
        Assert.True(before <= File.GetLastWriteTimeUtc(FilePath));
    }

    [Fact]
    public void A_disk_that_takes_nothing_keeps_no_directory_from_being_opened()
    {
        Open(1).Dispose();
        var fails = true;
        using var journal = NumberJournal.Open(FilePath, Directory, 2, _ => Fail(fails));
        Assert.Contains("could not be written", journal.OpeningFailure, StringComparison.Ordinal);
        Assert.Equal([new IncarnationBegan(1)], journal.Read());
        fails = false;
        journal.Write([Settled(2, 1)]);
        Assert.Equal([new IncarnationBegan(1), new IncarnationBegan(2), Settled(2, 1)], journal.Read());
        Assert.Null(journal.OpeningFailure);

        static void Fail(bool fails)
        {
            if (fails)
            {
                throw new IOException("No space left on device.");
            }
        }
    }

    [Fact]
    public void It_stays_as_small_as_what_it_says()
    {
        using var journal = Open(1);
        for (var i = 1; i <= 30_000; i++)
        {
            journal.Write([Settled(1, i)]);
        }

        Assert.InRange(new FileInfo(FilePath).Length, 1, 1_400_000);
        Assert.Equal(30_000, journal.Read().OfType<NumbersSettled>().Max(static r => r.Settled));
    }

    [Fact]
    public void A_journal_of_another_directory_is_set_aside_and_one_of_a_newer_program_is_refused()
    {
        NumberJournal.Open(FilePath, Guid.NewGuid(), 3, static _ => { }).Dispose();
        using (var journal = Open(1))
        {
            Assert.Contains(".former-1", journal.SetAside, StringComparison.Ordinal);
            Assert.Equal([new IncarnationBegan(1)], journal.Read());
        }

        Assert.True(File.Exists(FilePath + ".former-1"));
        var bytes = File.ReadAllBytes(FilePath);
        bytes[4] = 2;
        EventDigest.Of(bytes.AsSpan(0, 24)).WriteTo(bytes.AsSpan(24));
        File.WriteAllBytes(FilePath, bytes);
        Assert.Contains("Use a newer program", Assert.Throws<DataDirectoryException>(() => Open(2)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_data_directory_notes_that_it_was_opened_and_a_renewed_one_begins_a_new_journal()
    {
        var (peer, time) = (PeerId.Parse("north-a"), new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56)));
        using (var directory = DataDirectory.Open(_folder.Path, peer, time, NullLogger<DataDirectory>.Instance))
        {
            directory.NoteNumbers([Settled(directory.Incarnation, 5)]);
            Assert.Equal([new IncarnationBegan(directory.Incarnation), Settled(directory.Incarnation, 5)], directory.ReadNumbers());
        }

        AllData.Storage.Restoration.DirectoryRenewal.Run(_folder.Path, null, time);
        Assert.True(File.Exists(FilePath + ".former-1"));
        var log = new RecordedLog();
        using var loggers = new LoggerFactory([log]);
        using var renewed = DataDirectory.Open(_folder.Path, peer, time, loggers.CreateLogger<DataDirectory>());
        Assert.Equal([new IncarnationBegan(renewed.Incarnation)], renewed.ReadNumbers());
        Assert.Empty(log.Alarms);
    }

    private NumberJournal Open(int incarnation) => NumberJournal.Open(FilePath, Directory, incarnation, static _ => { });

    // Behind the content there are zeros, for what comes.
    private long LengthOf() => File.ReadAllBytes(FilePath).AsSpan().TrimEnd((byte)0).Length;

    private static NumbersSettled Settled(int incarnation, long settled, params long[] underWay) =>
        new(incarnation, Minute, settled, NumberRanges.Of(underWay));

    private static NumbersAbandoned Abandoned(int incarnation, params long[] numbers) => new(incarnation, Minute, NumberRanges.Of(numbers));
}
