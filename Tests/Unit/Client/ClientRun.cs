using System.Text;
using AllData.Client;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Client.Terminals;

namespace AllData.Tests.Unit.Client;

/// <summary>Runs the command in this process against a store in memory.</summary>
internal sealed class ClientRun : IClusterConnector
{
    public FakeStore Store { get; } = new();

    public EagerTime Time { get; } = new();

    public byte[] Input { get; set; } = [];

    public Exception? ConnectFailure { get; set; }

    /// <summary>A cluster that the command is connected to; null: the store in memory.</summary>
    public IGrainFactory? Grains { get; set; }

    /// <summary>Thrown by every write to the standard output.</summary>
    public IOException? OutputFailure { get; set; }

    /// <summary>Ends the command as Ctrl+C does.</summary>
    public CancellationToken Cancellation { get; set; }

    public ClusterAddress? Address { get; private set; }

    /// <summary>What the command finds around it.</summary>
    public ClientSurroundings Surroundings { get; set; } = ClientSurroundings.None;

    /// <summary>Columns of the output's terminal; null: the output is not one.</summary>
    public int? Columns { get; set; }

    /// <summary>Takes a key that the person at the terminal has pressed.</summary>
    public Func<char?>? Key { get; set; }

    public string Output { get; private set; } = "";

    public string Error { get; private set; } = "";

    /// <summary>Runs; gives the exit code.</summary>
    public async Task<int> RunAsync(params string[] args)
    {
        // Puts are tried for a time, and measurements go on for one.
        Time.TakesTime = args is ["put", ..];
        using var output = new MemoryStream();
        using Stream standardOutput = OutputFailure is null ? output : new BrokenStream(OutputFailure);
        using var error = new StringWriter();
        using var terminal = Columns is { } columns
            ? Terminal.Watched(new MemoryStream(Input), standardOutput, error, columns, Key)
            : Terminal.Of(new MemoryStream(Input), standardOutput, error);
        var code = await AllDataCommand.RunAsync(args, new ClientServices(this, terminal, Time, new Random(1)) { Surroundings = Surroundings }, Cancellation);
        (Output, Error) = (Encoding.UTF8.GetString(output.ToArray()), error.ToString());
        return code;
    }

    public Task<IClusterConnection> ConnectAsync(ClusterAddress address, CancellationToken cancellation)
    {
        Address = address;
        return ConnectFailure is null ? Task.FromResult<IClusterConnection>(new Connection(Grains ?? Store.Grains)) : throw ConnectFailure;
    }

    private sealed class BrokenStream(IOException failure) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw failure;

        public override void Write(byte[] buffer, int offset, int count) => throw failure;
    }

    private sealed class Connection(IGrainFactory grains) : IClusterConnection
    {
        public IGrainFactory Grains { get; } = grains;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
