using System.Net;
using AllData.Configuration;
using AllData.Silo.Security;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Security;

public sealed class ListenCheckTests
{
    [Theory]
    [InlineData("127.0.0.1", false, false, null)]
    [InlineData("::1", false, false, null)]
    [InlineData("127.5.5.5", false, false, null)]
    [InlineData("0.0.0.0", false, false, "AllData:Http:Address=0.0.0.0 would be open")]
    [InlineData("10.0.0.5", false, false, "AllData:Http:Address=10.0.0.5 would be open")]
    [InlineData("::", false, false, "AllData:Http:Address=:: would be open")]
    [InlineData("10.0.0.5", true, false, null)]
    [InlineData("10.0.0.5", false, true, null)]
    public void A_port_that_others_reach_needs_callers_that_identify_themselves(string address, bool isSecured, bool allowInsecure, string? sentence)
    {
        var port = new WantedPort("AllData:Http:Address", IPAddress.Parse(address), isSecured);

        var complaint = ListenCheck.ComplaintOf(new SecurityOptions { AllowInsecure = allowInsecure }, [port]);

        Assert.Equal(sentence is null, complaint is null);
        Assert.Contains(sentence ?? "", complaint ?? "");
        Assert.Equal(allowInsecure || sentence is not null, ListenCheck.WarningOf([port]) is not null);
    }

    [Fact]
    public void All_open_ports_are_named_with_the_ways_out()
    {
        var complaint = ListenCheck.ComplaintOf(
            new SecurityOptions(), [new("A", IPAddress.Any, false), new("B", IPAddress.Loopback, false), new("C", IPAddress.Parse("10.0.0.5"), false)]);

        Assert.StartsWith("A=0.0.0.0, C=10.0.0.5 would be open", complaint);
        Assert.Contains("AllData:Security:CertificateFile, :SiloCaFile, :ClientCaFile and :PrincipalsFile", complaint);
        Assert.Contains("AllData:Security:AllowInsecure=true", complaint);
    }

    [Theory]
    [InlineData("--AllData:Http:Address=0.0.0.0", "AllData:Http:Address=0.0.0.0 would be open to all that reach it")]
    [InlineData("--Kestrel:Endpoints:X:Url=http://127.0.0.1:11099", "Kestrel:Endpoints opens ports")]
    [InlineData("--AllData:Security:CertificateFile=/nowhere.pem", "belong together")]
    public async Task The_program_does_not_start_and_says_why(string setting, string sentence)
    {
        using var data = new TemporaryDirectory();
        await using var program = SiloProgram.Start(setting, "--AllData:Http:Port=0", $"--AllData:DataDirectory={data.Path}");

        Assert.Equal(1, await program.EndsAsync());
        Assert.Contains(program.Lines, line => line.Contains(sentence, StringComparison.Ordinal));
    }
}
