using System.Security.Cryptography;
using System.Text;
using Ballast.Admin.Backups;
using Ballast.Admin.Clusters;

namespace Ballast.Admin.Tests.Backups;

public sealed class BackupKeyTests : IDisposable
{
    /// <summary>Made by another program from the description of the form: what was sealed once must be opened for ever.</summary>
    private const string SealedHoldFast = "42414c4c4153540156571db4f2e633a8000102030405060708090a0bc620c430c36d63cc1547ded83504d18703af454279826d547e";

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void The_form_is_pinned() => Assert.Equal("hold fast", Open(Key(), Convert.FromHexString(SealedHoldFast)));

    [Fact]
    public void What_is_sealed_is_opened_and_is_never_the_same_twice()
    {
        var sealedBytes = Key().Seal("secret"u8);
        Assert.Equal("secret", Open(Key(), sealedBytes));
        Assert.NotEqual(sealedBytes, Key().Seal("secret"u8));
        Assert.Equal("", Open(Key(), Key().Seal([])));
    }

    [Fact]
    public void Another_key_is_told_from_damage()
    {
        var other = KeyFrom(RandomNumberGenerator.GetBytes(32));
        Assert.Equal("x.pki was sealed with another key", Refusal(other, Convert.FromHexString(SealedHoldFast)));
    }

    [Fact]
    public void Every_changed_byte_is_told()
    {
        var good = Convert.FromHexString(SealedHoldFast);
        for (var i = 0; i < good.Length; i++)
        {
            var bad = (byte[])good.Clone();
            bad[i] ^= 1;
            Assert.Equal(
                i < 7 ? "x.pki is not what ballast seals with a backup key"
                : i == 7 ? "x.pki is of version 0, and this program opens version 1"
                : i < 16 ? "x.pki was sealed with another key"
                : "x.pki is damaged: it was sealed with this key, and its content has changed since",
                Refusal(Key(), bad));
        }
        Assert.Equal("x.pki is not what ballast seals with a backup key", Refusal(Key(), good[..20]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not base64!")]
    [InlineData("AAECAwQFBgcICQoLDA0ODw==")]
    [InlineData("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISI=")]
    public void A_file_that_is_no_key_is_refused(string text)
    {
        var refused = Assert.Throws<ClusterException>(() => KeyWith(text));
        Assert.EndsWith(" is no backup key: it should hold 32 bytes in base64", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_others_may_read_is_refused()
    {
        var path = Path.Combine(_folder.Path, "open");
        File.WriteAllText(path, Convert.ToBase64String(new byte[32]));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        Assert.Equal($"the backup key {path} can be read by others than its owner", Assert.Throws<ClusterException>(() => BackupKey.Read(path)).Message);
        Assert.StartsWith("the backup key cannot be read: ", Assert.Throws<ClusterException>(() => BackupKey.Read(path + "x")).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private BackupKey Key() => KeyFrom([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);

    private BackupKey KeyFrom(byte[] bytes) => KeyWith(Convert.ToBase64String(bytes) + "\n");

    private BackupKey KeyWith(string text)
    {
        var path = Path.Combine(_folder.Path, Guid.NewGuid().ToString("N"));
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return BackupKey.Read(path);
    }

    private static string Open(BackupKey key, byte[] sealedBytes) => Encoding.UTF8.GetString(key.Open(sealedBytes, "x.pki"));

    private static string Refusal(BackupKey key, byte[] sealedBytes) => Assert.Throws<ClusterException>(() => key.Open(sealedBytes, "x.pki")).Message;
}
