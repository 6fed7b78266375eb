using System.Globalization;

namespace AllData.Tests.Support;

/// <summary>Sizes of long cases: fit for a build server unless the environment asks for more (./test.sh --help lists the variables).</summary>
internal static class TestSizes
{
    /// <summary>Events of the policy test.</summary>
    public static int PolicyEvents => Of("ALLDATA_TEST_POLICY_EVENTS", 5_000);

    /// <summary>Acknowledgements in each phase of the failure tests.</summary>
    public static int PhaseAcknowledgements => Of("ALLDATA_TEST_PHASE_ACKS", 500);

    /// <summary>Rounds of killing all silos at once.</summary>
    public static int KillRounds => Of("ALLDATA_TEST_KILL_ROUNDS", 2);

    /// <summary>How often a process that writes to a store is killed, for each kind of store.</summary>
    public static int StoreKills => Of("ALLDATA_TEST_STORE_KILLS", 10);

    /// <summary>How often the PostgreSQL server behind a store is killed.</summary>
    public static int ServerKills => Of("ALLDATA_TEST_SERVER_KILLS", 2);

    /// <summary>How long faults are begun in the test of faults under load, seconds.</summary>
    public static int ChaosSeconds => Of("ALLDATA_TEST_CHAOS_SECONDS", 45);

    /// <summary>Decides those faults.</summary>
    public static int ChaosSeed => Of("ALLDATA_TEST_CHAOS_SEED", 1);

    /// <summary>Requests of the fuzz of HTTP.</summary>
    public static int FuzzRequests => Of("ALLDATA_TEST_FUZZ_REQUESTS", 10_000);

    /// <summary>Decides them.</summary>
    public static int FuzzSeed => Of("ALLDATA_TEST_FUZZ_SEED", 1);

    private static int Of(string variable, int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var asked) ? asked : usual;
}
