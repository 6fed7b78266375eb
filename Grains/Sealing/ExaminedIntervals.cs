using System.Collections.Immutable;
using System.Text.Json;
using AllData.Intervals;
using AllData.Membership;
using AllData.Protocol.Certificates;
using AllData.Storage.Certificates;
using AllData.Storage.Directories;

namespace AllData.Sealing;

/// <summary>
/// What the peers held of each interval when this silo found it as its certificate says: a sealed interval is looked at again only if that has changed. Kept
/// in the data directory, so that a start does not read everything. What is lost of it is looked at again.
/// </summary>
internal sealed class ExaminedIntervals(HostedPeer hostedPeer) : IExaminedIntervals
{
    private const string FileName = "examined.json";
    private const int FormatVersion = 2;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly SemaphoreSlim _one = new(1, 1);
    private ImmutableSortedDictionary<long, HeldMark>? _marks;

    private string FilePath => Path.Combine(hostedPeer.Directory.Path, StoredCertificateLog.Folder, FileName);

    /// <inheritdoc/>
    public async Task<ImmutableSortedDictionary<long, HeldMark>> GetMarksAsync()
    {
        await _one.WaitAsync();
        try
        {
            return Marks();
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public async Task NoteAsync(Interval interval, SealingFacts facts)
    {
        await _one.WaitAsync();
        try
        {
            var (marks, at) = (Marks(), interval.FirstMinute.Value);
            var mark = facts.Held.With(marks.GetValueOrDefault(at, HeldMark.Nothing), facts.Silent);
            if (!mark.Equals(marks.GetValueOrDefault(at)))
            {
                _marks = marks.SetItem(at, mark);
                await Task.Run(() => Write(_marks));
            }
        }
        finally
        {
            _one.Release();
        }
    }

    private ImmutableSortedDictionary<long, HeldMark> Marks()
    {
        if (_marks is null)
        {
            try
            {
                _marks = VersionedJson.Read<Content>(FilePath, FormatVersion, Json)?.Marks?
                    .Select(static one => KeyValuePair.Create(one.Key, HeldMark.TryParse(one.Value))).Where(static one => one.Value is not null)
                    .ToImmutableSortedDictionary(static one => one.Key, static one => one.Value!);
            }
            catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
            {
                // It only saves work.
            }
        }

        return _marks ??= ImmutableSortedDictionary<long, HeldMark>.Empty;
    }

    private void Write(ImmutableSortedDictionary<long, HeldMark> marks)
    {
        try
        {
            DurableFiles.CreateDirectory(Path.GetDirectoryName(FilePath)!);
            VersionedJson.Write(FilePath, new Content(FormatVersion, marks.ToDictionary(static one => one.Key, static one => one.Value.ToString())), Json);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It only saves work.
        }
    }

    private sealed record Content(int FormatVersion, Dictionary<long, string>? Marks) : IVersionedContent;
}
