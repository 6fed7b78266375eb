using System.Buffers;
using System.Buffers.Binary;
using AllData.Reading;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace AllData.Client.Export;

/// <summary>
/// The events of one topic of an interval, gathered in a file until all of them are there: an export writes each of its files from the beginning to the end.
/// </summary>
/// <param name="directory">The directory of the topic.</param>
internal sealed class TopicGathering(string directory)
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "_gathered";

    private static readonly Serializer<ScanPage> Pages =
        new ServiceCollection().AddSerializer().BuildServiceProvider().GetRequiredService<Serializer<ScanPage>>();

    // Another one after each flush: what a topic needed once must not be held for all topics at once.
    private ArrayBufferWriter<byte> _waiting = new();
    private bool _hasFile;

    private string FilePath => Path.Combine(directory, FileName);

    /// <summary>Bytes that are not in the file yet.</summary>
    public int WaitingBytes => _waiting.WrittenCount;

    /// <summary>Takes events, which follow those before.</summary>
    public void Add(ScanPage page)
    {
        var bytes = Pages.SerializeToArray(page);
        BinaryPrimitives.WriteInt32LittleEndian(_waiting.GetSpan(sizeof(int)), bytes.Length);
        _waiting.Advance(sizeof(int));
        _waiting.Write(bytes);
    }

    /// <summary>Writes what waits to the file.</summary>
    public void Flush()
    {
        // Closed again: there may be more topics than a process may have open files.
        Directory.CreateDirectory(directory);
        using var file = new FileStream(FilePath, _hasFile ? FileMode.Append : FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        file.Write(_waiting.WrittenSpan);
        (_waiting, _hasFile) = (new ArrayBufferWriter<byte>(), true);
    }

    /// <summary>Reads all events back, in their order, and removes the file.</summary>
    public IEnumerable<ScanPage> ReadBack()
    {
        Flush();
        using var file = new FileStream(
            FilePath, FileMode.Open, FileAccess.Read, FileShare.None, 256 * 1024, FileOptions.SequentialScan | FileOptions.DeleteOnClose);
        var length = new byte[sizeof(int)];
        while (file.Position < file.Length)
        {
            file.ReadExactly(length);
            var bytes = new byte[BinaryPrimitives.ReadInt32LittleEndian(length)];
            file.ReadExactly(bytes);
            yield return Pages.Deserialize(bytes)!;
        }
    }
}
