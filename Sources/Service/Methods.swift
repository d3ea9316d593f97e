// Every RPC of the server, by path: where a new one is added.

public import Base
private import Foundation
internal import Messages
public import RPC
internal import Store

extension MethodRegistry {
    /// The methods as one loop serves them. Called on the loop's thread.
    public static func rankwire(_ context: LoopContext, mailbox: LoopMailbox) -> MethodRegistry {
        let confined = LoopConfined(context, to: mailbox)
        var registry = MethodRegistry()
        registry.register("/rankwire.v1.ScoringService/ScoreItems", kind: .unary) { _ in
            ScoreItems(context: confined.value)
        }
        registry.register(
            "/rankwire.v1.ScoringService/ScoreItemsStream", kind: .bidirectional
        ) { _ in ScoreItemsStream(context: confined.value) }
        registry.register("/rankwire.v1.ScoringService/Recommend", kind: .unary) { _ in
            FindItems(.recommend, context: confined.value)
        }
        registry.register("/rankwire.v1.ScoringService/SearchItems", kind: .unary) { _ in
            FindItems(.search, context: confined.value)
        }
        registry.register("/rankwire.v1.AdService/ScoreAds", kind: .unary) { _ in
            ScoreAds(context: confined.value)
        }
        registry.register(
            "/rankwire.v1.AdService/SelectAudience", kind: .serverStreaming
        ) { _ in SelectAudience(context: confined.value) }
        registry.register("/rankwire.v1.IntentService/ClassifyIntent", kind: .unary) { _ in
            ClassifyIntent(context: confined.value)
        }
        registry.register("/rankwire.v1.IntentService/ClassifyIntents", kind: .unary) { _ in
            ClassifyIntents(context: confined.value)
        }
        registry.register("/rankwire.v1.ProfileService/IngestEvents", kind: .unary) { _ in
            IngestEvents(context: confined.value)
        }
        registry.register(
            "/rankwire.v1.ProfileService/IngestEventsStream", kind: .bidirectional
        ) { _ in IngestEventsStream(context: confined.value) }
        registry.register("/rankwire.v1.ProfileService/GetProfile", kind: .unary) { _ in
            GetProfile(context: confined.value)
        }
        registry.register("/rankwire.v1.ProfileService/GetUserReport", kind: .unary) { _ in
            GetUserReport(context: confined.value)
        }
        let segments = LoopConfined(ListSegments(context: context), to: mailbox)
        registry.register("/rankwire.v1.ProfileService/ListSegments", kind: .unary) { _ in
            segments.value
        }
        registry.register("/rankwire.v1.ProfileService/ExportProfile", kind: .unary) { _ in
            ExportProfile(context: confined.value)
        }
        registry.register("/rankwire.v1.ProfileService/DeleteProfile", kind: .unary) { _ in
            DeleteProfile(context: confined.value)
        }
        for kind in CatalogKind.allCases { registry.registerCatalog(kind, confined) }
        let card = LoopConfined(GetModelCard(context: context), to: mailbox)
        registry.register("/rankwire.v1.ModelService/GetModelCard", kind: .unary) { _ in
            card.value
        }
        let list = LoopConfined(ListModels(context: context), to: mailbox)
        registry.register("/rankwire.v1.ModelService/ListModels", kind: .unary) { _ in
            list.value
        }
        let reload = LoopConfined(ReloadModel(context: context), to: mailbox)
        registry.register("/rankwire.v1.ModelService/ReloadModel", kind: .unary) { _ in
            reload.value
        }
        let settings = LoopConfined(GetConfiguration(context: context), to: mailbox)
        registry.register("/rankwire.v1.AdminService/GetConfiguration", kind: .unary) { _ in
            settings.value
        }
        let services =
            registry.services + [
                "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                "grpc.reflection.v1alpha.ServerReflection",
            ]
        let health = LoopConfined(
            HealthCheck(context: context, services: Set(services)), to: mailbox)
        registry.register("/grpc.health.v1.Health/Check", kind: .unary) { _ in health.value }
        let names = Set(services)
        registry.register("/grpc.health.v1.Health/Watch", kind: .serverStreaming) { _ in
            HealthWatch(context: confined.value, services: names)
        }
        let reflection = LoopConfined(
            Reflection(context: context, services: services), to: mailbox)
        // The two versions have the same messages; grpcio's own client still speaks the older.
        for version in ["v1", "v1alpha"] {
            registry.register(
                "/grpc.reflection.\(version).ServerReflection/ServerReflectionInfo",
                kind: .bidirectional
            ) { _ in reflection.value }
        }
        return registry
    }

    /// The methods of items, of ads, of intents or of articles.
    private mutating func registerCatalog(
        _ kind: CatalogKind, _ context: LoopConfined<LoopContext>
    ) {
        let name = kind.rawValue.capitalized
        let service = "/rankwire.v1.CatalogService"
        register("\(service)/Upsert\(name)s", kind: .unary) { _ in
            UpsertEntries(kind, context: context.value)
        }
        register("\(service)/Get\(name)", kind: .unary) { _ in
            GetEntry(kind, context: context.value)
        }
        register("\(service)/List\(name)s", kind: .unary) { _ in
            ListEntries(kind, context: context.value)
        }
        register("\(service)/Delete\(name)", kind: .unary) { _ in
            DeleteEntry(kind, context: context.value)
        }
    }
}
