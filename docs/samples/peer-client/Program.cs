// A way of one's own to reach peers, here directories that take copies of blocks and are never asked. The program checks it as a test would; a silo
// takes it with silo.AddPeerClient("archive", _ => new ArchiveClient()).
using System.Security.Cryptography;
using AllData.Peers;
using AllData.Remote;
using AllData.Remote.Conformance;
using AllData.Replication;

var directory = Directory.CreateTempSubdirectory("archive-");
var broken = await PeerClientCheck.RunAsync(new PeerClientSubject
{
    Client = new ArchiveClient(),
    Peer = PeerId.Parse("archive"),
    Address = directory.FullName,
    UnreachableAddress = Path.Combine(directory.FullName, "missing"),
    Store = Guid.NewGuid(),
});
Console.WriteLine(broken.IsEmpty ? $"All promises are kept: {directory.GetFiles().Length} blocks" : string.Join('\n', broken));
directory.Delete(recursive: true);

internal sealed class ArchiveClient : IPeerClient
{
    public PeerCapabilities Capabilities => PeerCapabilities.PutOnly;

    public IReplica Connect(PeerId peer, string address) => new ArchiveReplica(address);
}

internal sealed class ArchiveReplica(string directory) : PutOnlyReplica
{
    public override Task PingAsync() =>
        Directory.Exists(directory) ? Task.CompletedTask : Task.FromException(new DirectoryNotFoundException($"There is no {directory}."));

    public override async Task<AppendReply> AppendAsync(BlockBytes block)
    {
        var name = Path.Combine(directory, Convert.ToHexString(SHA256.HashData(block.Bytes)));
        var partial = $"{name}.{Guid.NewGuid():N}";
        await using (var file = new FileStream(partial, FileMode.CreateNew))
        {
            await file.WriteAsync(block.Bytes);
            file.Flush(flushToDisk: true);
        }

        // Whole under its name or not at all; the same block again is the same file.
        File.Move(partial, name, overwrite: true);
        return AppendReply.Stored;
    }
}
