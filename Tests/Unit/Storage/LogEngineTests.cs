using AllData.Tests.Support;

namespace AllData.Tests.Unit.Storage;

/// <summary>The log store: the common cases, and what is particular to its files.</summary>
public sealed class LogEngineTests : StorageEngineContract
{
    private readonly LogEngineHarness _log;

    public LogEngineTests() : this(new LogEngineHarness())
    {
    }

    private LogEngineTests(LogEngineHarness log) : base(log) => _log = log;
}
