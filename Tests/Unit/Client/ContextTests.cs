using AllData.Client.Bench;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Client;

public sealed class ContextTests : IDisposable
{
    private readonly TemporaryDirectory _config = new();
    private readonly ClientRun _run = new();
    private string? _variable;

    public ContextTests() => _run.Surroundings = new ClientSurroundings(
        name => name == ClientSurroundings.GatewaysVariable ? _variable : null, Path.Combine(_config.Path, "alldata"));

    public void Dispose() => _config.Dispose();

    [Fact]
    public async Task The_command_line_goes_before_the_environment_and_that_before_the_context_in_use()
    {
        Assert.Equal("", await GatewaysAsync());
        Assert.Equal(ExitCodes.Done,
            await _run.RunAsync("context", "add", "far", "--gateway", "far:1", "--gateway", "far:2", "--cluster-id", "c", "--service-id", "s"));
        Assert.Equal("far:1 far:2", await GatewaysAsync());
        Assert.Equal(("c", "s"), (_run.Address!.ClusterId, _run.Address.ServiceId));
        Assert.Equal("far:1 far:2", await GatewaysAsync("--cluster-id", "mine"));
        Assert.Equal(("mine", "s"), (_run.Address!.ClusterId, _run.Address.ServiceId));
        _variable = "near:1, near:2";
        Assert.Equal("near:1 near:2", await GatewaysAsync());
        Assert.Equal("alldata", _run.Address!.ClusterId);
        Assert.Equal("here:1", await GatewaysAsync("--gateway", "here:1"));
    }

    [Fact]
    public async Task Contexts_are_used_listed_and_removed()
    {
        await _run.RunAsync("context", "add", "one", "--gateway", "one:1");
        await _run.RunAsync("context", "add", "two", "--gateway", "two:1");
        Assert.Equal("two:1", await GatewaysAsync());
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("context", "use", "one"));
        Assert.Equal("one:1", await GatewaysAsync());
        await _run.RunAsync("context", "list");
        Assert.Matches("one +yes +one:1", _run.Output);
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("context", "remove", "one"));
        Assert.Equal("", await GatewaysAsync());
        Assert.Equal(ExitCodes.Usage, await _run.RunAsync("context", "use", "one"));
        Assert.Contains("There is no context 'one'.", _run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("add", "x")]
    [InlineData("add", "x/y", "--gateway", "h:1")]
    [InlineData("use", "x")]
    [InlineData("remove", "x")]
    public async Task What_cannot_be_meant_is_refused(params string[] args) => Assert.Equal(ExitCodes.Usage, await _run.RunAsync(["context", .. args]));

    [Fact]
    public async Task A_damaged_file_or_variable_is_told_with_the_way_out()
    {
        Directory.CreateDirectory(_run.Surroundings.ConfigDirectory);
        await File.WriteAllTextAsync(Path.Combine(_run.Surroundings.ConfigDirectory, "contexts.json"), "{");
        Assert.Equal(ExitCodes.Usage, await _run.RunAsync("peers"));
        Assert.Contains("Repair or remove that file", _run.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("peers", "--gateway", "h:1"));
        _variable = "nonsense";
        Assert.Equal(ExitCodes.Usage, await _run.RunAsync("peers"));
        Assert.Contains("ALLDATA_GATEWAYS names 'nonsense'", _run.Error, StringComparison.Ordinal);
    }

    private async Task<string> GatewaysAsync(params string[] more)
    {
        Assert.Equal(ExitCodes.Done, await _run.RunAsync(["peers", .. more]));
        return string.Join(' ', _run.Address!.Gateways);
    }
}
