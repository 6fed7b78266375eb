using System.Diagnostics;
using System.Text.Json;
using AllData.Security;
using AllData.Tests.Support;
using Microsoft.Playwright;
using Xunit.Abstractions;
using static Microsoft.Playwright.Assertions;

namespace AllData.Tests.Processes;

/// <summary>The console in a real browser, on real silos.</summary>
[Collection(ClusterProcessTests.Name)]
public sealed class ConsoleTests(ITestOutputHelper output)
{
    private const string Killed = "west-c";
    private const string AlsoKilled = "east-e";
    private const int Events = 60;

    // What a page needs to follow: each event once, and its position kept by the browser.
    private const string Follower = """
        () => {
          window.seen = [];
          window.opened = 0;
          const source = new EventSource('/events?follow=true&from=19700101');
          source.onopen = () => { window.opened += 1; };
          source.onmessage = (event) => { window.seen.push(event.lastEventId); };
        }
        """;

    [Fact]
    public async Task A_silo_that_is_killed_is_seen_dead_and_seen_healed_and_a_browser_that_follows_goes_on_after_a_break()
    {
        await using var cluster = await LocalClusterProcesses.StartAsync(6, "--AllData:Repair:Settle=00:00:02");
        await using var chromium = await Chromium.StartAsync();
        var silo = cluster.Layout.Peers[0].HttpAddress;
        var page = await chromium.OpenAsync(new Uri(silo, "/console"));
        await Expect(page.GetByText("All 6 peers are alive.")).ToBeVisibleAsync();
        await Expect(page.Locator(".peer[data-state=alive]")).ToHaveCountAsync(6);
        await Expect(page.Locator("#live[data-live=yes]")).ToBeVisibleAsync();

        var keys = await PutAsync(silo);
        await Chromium.ShowAsync(page, "1-six-healthy-silos");
        await KillAsync(cluster, page);
        await Chromium.ShowAsync(page, "2-one-killed");
        keys.AddRange(await PutAsync(silo));
        await Expect(page.Locator("#puts-rows")).ToContainTextAsync("stored");
        await Expect(page.Locator("#decisions")).ToContainTextAsync($"{Killed} (west/c) is dead: no silo hosts it.");
        await Expect(page.Locator(".interval[data-state=degraded]").First).ToBeVisibleAsync();
        await ExplainAsync(page, keys[^1]);
        await Chromium.ShowAsync(page, "3-explain");
        await SeeUnknownAsync(cluster, page);

        await Task.WhenAll(cluster.RestartAsync(Killed), cluster.RestartAsync(AlsoKilled));
        await Chromium.ShowAsync(page, "5-after-the-return");
        await Expect(page.Locator($".peer[data-peer={Killed}][data-state=alive]")).ToBeVisibleAsync();
        await Expect(page.GetByText("All 6 peers are alive. No copy is known to be owed.")).ToBeVisibleAsync();
        await Expect(page.Locator("#decisions")).ToContainTextAsync($"{Killed} (west/c) has a silo again.");
        await FollowAsync(chromium, cluster.Layout.Peers[0].HttpPort, keys, silo);

        await DrainByKeyboardAsync(page);
        await FitsAsync(page);
        await Chromium.ShowAsync(page, "6-narrow-and-dark", 375, ColorScheme.Dark);
        await Chromium.ShowAsync(page, "7-wide-and-dark", 1600, ColorScheme.Dark);
        Assert.Empty(chromium.Complaints);
    }

    [Fact]
    public async Task A_reader_sees_no_order_and_is_refused_and_an_operator_gives_one()
    {
        const string reader = "alldata_reader_key";
        const string operates = "alldata_operator_key";
        using var store = new SecuredSilos(
            new Principal("ann", StoreRoles.Reader, [], [PrincipalsDocument.HashOf(reader)]),
            new Principal("ops", StoreRoles.Operator, [], [PrincipalsDocument.HashOf(operates)]));
        await using var silo = await store.StartAsync("a", 0);
        await using var chromium = await Chromium.StartAsync();
        var page = await chromium.OpenAsync(new Uri(store.Address, "/console"));

        await SignInAsync(page, "alldata_wrong_key");
        await Expect(page.Locator("#sign-in-fault")).ToContainTextAsync("none of this store");
        await SignInAsync(page, reader);
        await Expect(page.Locator("#caller")).ToHaveTextAsync("ann, reader");
        await page.Locator(".peer[data-peer=a]").ClickAsync();
        await Expect(page.Locator("#peer-name")).ToHaveTextAsync("a");
        await Expect(page.Locator("[data-order]")).ToHaveCountAsync(0);
        Assert.Equal(403, await OrderAsync(page, reader));

        await page.Locator("#forget").ClickAsync();
        await SignInAsync(page, operates);
        await Expect(page.Locator("#caller")).ToHaveTextAsync("ops, operator");
        await Expect(page.Locator("[data-order=drain]")).ToBeVisibleAsync();
        Assert.Equal(200, await OrderAsync(page, operates));
        await Expect(page.Locator(".peer[data-peer=a][data-state=draining]")).ToBeVisibleAsync();
    }

    private async Task KillAsync(LocalClusterProcesses cluster, IPage page)
    {
        var began = Stopwatch.StartNew();
        cluster[Killed].Kill();
        await Expect(page.Locator($".peer[data-peer={Killed}]:is([data-state=silent], [data-state=dead])")).ToBeVisibleAsync();
        var seen = began.Elapsed;
        await Expect(page.Locator($".peer[data-peer={Killed}][data-state=dead]")).ToBeVisibleAsync();
        output.WriteLine(
            $"The page showed the killed silo as not answering after {seen.TotalSeconds:0.0} s, as dead after {began.Elapsed.TotalSeconds:0.0} s.");
    }

    private static async Task<List<string>> PutAsync(Uri silo)
    {
        using var http = new HttpClient { BaseAddress = silo };
        var keys = new List<string>();
        for (var n = 0; n < Events; n++)
        {
            using var answer = await http.PostAsync("/", new StringContent($$"""{"n":{{n}}}"""));
            keys.Add(JsonElement.Parse(await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync()).GetProperty("key").GetString()!);
        }

        return keys;
    }

    private static async Task ExplainAsync(IPage page, string key)
    {
        await page.GetByLabel("Key of an event").FillAsync(key);
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#explained")).ToContainTextAsync("5 of 6 storing peers answered.");
        await Expect(page.Locator("#explained")).ToContainTextAsync("UTC. It stays as it was then");
        await Expect(page.Locator("#explained [data-state=held]").First).ToBeVisibleAsync();
        await Expect(page.Locator("#explained")).ToContainTextAsync("It was not asked: no silo hosts it.");
    }

    // Two of three copies were acknowledged, and two peers are silent: they alone may hold an event.
    private static async Task SeeUnknownAsync(LocalClusterProcesses cluster, IPage page)
    {
        cluster[AlsoKilled].Kill();
        await Expect(page.Locator(".interval[data-state=unknown]").First).ToBeVisibleAsync();
        await Expect(page.Locator("#interval-text")).ToContainTextAsync("they alone may hold events of it that were acknowledged.");
        await Chromium.ShowAsync(page, "4-unknown-interval");
    }

    // A browser that has lost its connection asks again by itself, with the id of the last event that it has.
    private static async Task FollowAsync(Chromium chromium, int port, List<string> keys, Uri silo)
    {
        await using var proxy = new CuttingProxy(port);
        var page = await chromium.OpenAsync(new Uri($"http://127.0.0.1:{proxy.Port}/console/icon.svg"), isWatched: false);
        await page.EvaluateAsync(Follower);
        await ReachesAsync("window.seen.length", keys.Count);

        proxy.CutAll();
        await ReachesAsync("window.opened", 2);
        keys.AddRange(await PutAsync(silo));
        await ReachesAsync("window.seen.length", keys.Count);

        var seen = await page.EvaluateAsync<string[]>("() => window.seen");
        Assert.Equal(keys.Order(StringComparer.Ordinal), seen);
        await page.CloseAsync();

        Task<int> ReachesAsync(string figure, int least) => Eventually.IsAsync(
            $"{figure} reaches {least}", () => page.EvaluateAsync<int>($"() => {figure}"), now => now >= least, TimeSpan.FromMinutes(2));
    }

    private static async Task DrainByKeyboardAsync(IPage page)
    {
        await page.Locator(".peer[tabindex='0']").FocusAsync();
        await page.Keyboard.PressAsync("End");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#peer-name")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator("#peer")).ToBeHiddenAsync();
        await Expect(page.Locator(".peer[data-peer=west-d]")).ToBeFocusedAsync();

        await page.Keyboard.PressAsync("Enter");
        await page.Locator("[data-order=drain]").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#confirm-no")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator("#confirm")).ToBeHiddenAsync();
        await page.Locator("[data-order=drain]").PressAsync("Enter");
        await page.Locator("#confirm-yes").PressAsync("Enter");
        await Expect(page.Locator(".peer[data-peer=west-d]:is([data-state=draining], [data-state=drained])")).ToBeVisibleAsync();
        await Expect(page.Locator("#decisions")).ToContainTextAsync("west-d is draining: it gets no new copies, and others fetch what it holds.");
        await page.Locator("[data-order=undrain]").PressAsync("Enter");
        await page.Locator("#confirm-yes").PressAsync("Enter");
        await Expect(page.Locator(".peer[data-peer=west-d][data-state=alive]")).ToBeVisibleAsync();
    }

    private static async Task FitsAsync(IPage page)
    {
        foreach (var (width, scheme) in new[] { (375, ColorScheme.Dark), (375, ColorScheme.Light), (1600, ColorScheme.Dark), (1600, ColorScheme.Light) })
        {
            await page.SetViewportSizeAsync(width, 900);
            await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme });
            Assert.Equal(width, await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"));
        }
    }

    private static async Task SignInAsync(IPage page, string key)
    {
        await page.GetByLabel("API key").FillAsync(key);
        await page.Keyboard.PressAsync("Enter");
    }

    private static Task<int> OrderAsync(IPage page, string key) => page.EvaluateAsync<int>(
        "async key => (await fetch('/console/peers/a/drain', { method: 'POST', headers: { Authorization: `Bearer ${key}` } })).status", key);
}
